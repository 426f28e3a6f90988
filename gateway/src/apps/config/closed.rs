//! Doors that a configuration leaves shut: it is valid, and yet nothing will ever come in.

use serde_json::Value;

use super::AppConfig;

/// Says where nobody gets in, and which file opens the door, one sentence each.
pub(super) fn notices(config: &AppConfig) -> Vec<String> {
    let mut notices = Vec::new();
    if config.auth_providers.values().all(|provider| provider.disabled) {
        notices.push(
            "nobody can log in: enable a provider in `auth/providers.json`, such as `anon-user`"
                .to_owned(),
        );
    }
    let without_role = config.collections.iter().filter(|collection| {
        let default = config.data_source(&collection.data_source);
        let default = default.and_then(|source| source.default_rule.as_ref());
        config.is_asymmetric(collection)
            && ![collection.rules.as_ref(), default].into_iter().flatten().any(has_roles)
    });
    notices.extend(without_role.map(|collection| {
        format!(
            "every object of `{}` will be rejected, as no role may insert it: write one into \
             `{}rules.json`, or for all collections into `data_sources/{}/default_rule.json`",
            collection.title().unwrap_or(&collection.name),
            collection.folder(),
            collection.data_source,
        )
    }));
    notices
}

fn has_roles(rules: &Value) -> bool {
    rules.get("roles").and_then(Value::as_array).is_some_and(|roles| !roles.is_empty())
}
