//! The OpenAPI description of the Admin API, made from the table of its routes.

use axum::Json;
use serde_json::{Map, Value, json};

use super::routes::{ADMIN, Access, Route, table};

/// `GET /openapi.json`.
pub(super) async fn serve() -> Json<Value> {
    Json(describe(&table()))
}

fn describe(routes: &[Route]) -> Value {
    let mut paths = Map::new();
    for route in routes {
        if let Some(path) = paths.entry(route.path).or_insert_with(|| json!({})).as_object_mut() {
            path.insert(route.method.as_str().to_lowercase(), operation(route));
        }
    }
    let token = |what: &str| json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": what });
    let error = json!({
        "type": "object",
        "required": ["error", "error_code"],
        "properties": {
            "error": { "type": "string" },
            "error_code": { "type": "string" },
            "link": { "type": "string" },
        },
    });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Asymmetric gateway: Admin API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What the gateway serves of the App Services Admin API v3.0.",
        },
        "servers": [{ "url": ADMIN }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "accessToken": token("The access token of a login"),
                "refreshToken": token("The refresh token of a login"),
            },
            "schemas": { "Error": error },
        },
    })
}

fn operation(route: &Route) -> Value {
    let parameter = |name: &str, place: &str| {
        json!({
            "name": name, "in": place, "required": place == "path", "schema": { "type": "string" },
        })
    };
    let of_path = parameters(route.path).map(|name| parameter(name, "path"));
    let of_query = route.query.iter().map(|name| parameter(name, "query"));
    let security = match route.access {
        Access::Anybody => json!([]),
        Access::Refresh => json!([{ "refreshToken": [] }]),
        Access::Administrator => json!([{ "accessToken": [] }]),
    };
    let success = if route.success == 204 {
        json!({ "description": "It worked" })
    } else {
        json!({ "description": "It worked", "content": { "application/json": {} } })
    };
    json!({
        "operationId": operation_id(route),
        "summary": route.summary,
        "parameters": of_path.chain(of_query).collect::<Vec<_>>(),
        "security": security,
        "responses": {
            route.success.to_string(): success,
            "default": {
                "description": "It did not",
                "content": {
                    "application/json": { "schema": { "$ref": "#/components/schemas/Error" } },
                },
            },
        },
    })
}

/// The names in the braces of a path.
pub(super) fn parameters(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// A name that no other operation has: its method and the words of its path.
fn operation_id(route: &Route) -> String {
    let mut id = route.method.as_str().to_lowercase();
    let words = route.path.split(['/', '_', '.', '{', '}']).filter(|word| !word.is_empty());
    for word in words {
        let (first, rest) = word.split_at(1);
        id.push_str(&first.to_uppercase());
        id.push_str(rest);
    }
    id
}
