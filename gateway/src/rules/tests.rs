use bson::{Bson, RawDocument, RawDocumentBuf, doc, rawdoc};
use serde_json::{Value, json};

use super::*;

fn known() -> bson::Document {
    doc! {
        "user": {
            "id": "6b00000000000000000000aa",
            "type": "normal",
            "data": { "email": "a@b.c" },
            "custom_data": { "kind": "device", "teams": ["red", "blue"], "level": 3, "none": null },
            "identities": [
                { "id": "1", "provider_type": "anon-user" },
                { "id": "2", "provider_type": "local-userpass" },
            ],
        },
        "values": { "maxDevices": 100 },
        "environment": { "tag": "production", "values": { "baseUrl": "https://x" } },
        "request": { "httpMethod": "POST", "requestHeaders": { "X-A": ["1"] } },
        "args": [{ "a": 1 }, 2],
    }
}

#[derive(Debug)]
struct Sum;

impl Functions for Sum {
    fn call(&self, name: &str, arguments: Vec<Bson>) -> Result<Bson, String> {
        match name {
            "sum" => Ok(arguments.iter().filter_map(Bson::as_i32).sum::<i32>().into()),
            "yes" => Ok(true.into()),
            "first" => Ok(arguments.into_iter().next().unwrap_or(Bson::Undefined)),
            _ => Err("unknown".to_owned()),
        }
    }
}

fn holds_of(expression: &Value, root: Option<&RawDocument>, before: Option<&RawDocument>) -> bool {
    let scope = Scope::new(&known(), &Sum).unwrap();
    let compiled = Expression::compile(expression).unwrap();
    let bound = compiled.bind(&scope).unwrap();
    let documents = Documents { root, previous_root: before, ..Documents::default() };
    // Binding twice changes nothing: nothing is left to expand.
    assert_eq!(bound.bind(&Scope::empty()).unwrap().matches(documents), bound.matches(documents));
    bound.matches(documents)
}

fn holds(expression: &Value) -> bool {
    holds_of(expression, None, None)
}

#[test]
fn every_expansion_has_its_value() {
    for (expression, expected) in [
        (json!(true), true),
        (json!(false), false),
        (json!({}), true),
        (json!("%%true"), true),
        (json!({ "%%true": true }), true),
        (json!({ "%%true": "%%false" }), false),
        (json!({ "%%false": false }), true),
        (json!({ "%%values.maxDevices": 100 }), true),
        (json!({ "%%values.maxDevices": 100.0 }), true),
        (json!({ "%%values.other": { "$exists": false } }), true),
        (json!({ "%%environment.tag": "production" }), true),
        (json!({ "%%environment.values.baseUrl": "https://x" }), true),
        (json!({ "%%user.id": "6b00000000000000000000aa" }), true),
        (json!({ "%%user.type": "server" }), false),
        (json!({ "%%user.data.email": "a@b.c" }), true),
        (json!({ "%%user.custom_data.kind": "device" }), true),
        (json!({ "%%user.custom_data.kind": "admin" }), false),
        (json!({ "%%user.custom_data.teams": "red" }), true),
        (json!({ "%%user.custom_data.teams": "green" }), false),
        (json!({ "%%user.identities.provider_type": "local-userpass" }), true),
        (json!({ "%%user.identities[].provider_type": "anon-user" }), true),
        (json!({ "%%user.identities.0.id": "1" }), true),
        (json!({ "%%user.identities.provider_type": "api-key" }), false),
        (json!({ "%%request.httpMethod": "POST" }), true),
        (json!({ "%%args.0.a": 1 }), true),
        (json!({ "%%args.1": 2 }), true),
        (json!({ "%%partition": "x" }), false),
    ] {
        assert_eq!(holds(&expression), expected, "{expression}");
    }
}

#[test]
fn every_operator_does_what_it_says() {
    let level = |test: Value| holds(&json!({ "%%user.custom_data.level": test }));
    for sign in ["$", "%"] {
        let test = |name: &str, value: Value| level(json!({ (format!("{sign}{name}")): value }));
        assert!(test("eq", json!(3)) && !test("eq", json!(4)));
        assert!(test("ne", json!(4)) && !test("ne", json!(3)));
        assert!(test("gt", json!(2)) && !test("gt", json!(3)));
        assert!(test("gte", json!(3)) && !test("gte", json!(4)));
        assert!(test("lt", json!(4)) && !test("lt", json!(3)));
        assert!(test("lte", json!(3)) && !test("lte", json!(2)));
        assert!(test("in", json!([1, 3])) && !test("in", json!([1])));
        assert!(test("nin", json!([1])) && !test("nin", json!([3])));
        assert!(test("exists", json!(true)) && !test("exists", json!(false)));
        assert!(test("not", json!({ "$gt": 5 })) && !test("not", json!({ "$gt": 1 })));
        assert!(test("or", json!([{ "$gt": 5 }, { "$lt": 4 }])));
    }
    assert!(level(json!({ "$gte": 1, "$lt": 4 })) && !level(json!({ "$gte": 1, "$lt": 3 })));
    assert!(!level(json!({ "$gt": "1" })), "values of different kinds have no order");
    assert!(holds(&json!({ "%%user.custom_data.kind": { "$in": ["device", "gate"] } })));
    assert!(holds(&json!({ "%and": [{}, { "%%user.custom_data.level": 3 }] })));
    assert!(!holds(&json!({ "%and": [true, false] })));
    assert!(holds(&json!({ "%or": [false, { "%%true": true }] })) && !holds(&json!({ "%or": [] })));
    assert!(holds(&json!({ "%not": false })) && !holds(&json!({ "%nor": [false, true] })));
    assert!(holds(&json!({ "%nor": [false, false] })));
    assert!(!holds(&json!({ "%%true": true, "%%user.type": "other" })), "all fields must hold");
}

#[test]
fn conversions_and_calls_make_values() {
    let id = "6b00000000000000000000aa";
    let document = rawdoc! { "owner": bson::oid::ObjectId::parse_str(id).unwrap(), "n": 3 };
    let holds = |expression: Value| holds_of(&expression, Some(&document), None);
    assert!(holds(json!({ "owner": { "%stringToOid": "%%user.id" } })));
    assert!(holds(json!({ "owner": { "$oid": id } })));
    assert!(!holds(json!({ "owner": "%%user.id" })));
    assert!(!holds(json!({ "owner": { "%stringToOid": "no id" } })));
    assert!(holds(json!({ "%%user.id": { "%oidToString": "%%root.owner" } })));
    assert!(holds(json!({ "owner": { "$in": [{ "%stringToOid": "%%user.id" }, 1] } })));
    assert!(holds(json!({ "n": { "%function": { "name": "sum", "arguments": [1, 2] } } })));
    assert!(holds(json!({ "%function": { "name": "yes" } })));
    assert!(holds(json!({ "%%true": { "%function": { "name": "yes" } } })));
    let user = json!({ "name": "first", "arguments": ["%%user.custom_data.level"] });
    assert!(holds(json!({ "n": { "%function": user } })));

    let uuid = "c8edabc3-f738-4ca3-b68d-ab92a91478a3";
    let document = rawdoc! { "u": bson::Binary::from(bson::Uuid::parse_str(uuid).unwrap()) };
    let holds = |expression: Value| holds_of(&expression, Some(&document), None);
    assert!(holds(json!({ "u": { "%stringToUuid": uuid } })));
    assert!(holds(json!({ "%%true": true, "u": { "$exists": true } })));
    assert!(holds(json!({ "%%root.u": { "%stringToUuid": { "%uuidToString": "%%this.u" } } })));
}

#[test]
fn a_failing_function_is_an_error_and_no_answer() {
    let expression = json!({ "%or": [{ "%function": { "name": "boom" } }, { "%%true": false }] });
    let scope = Scope::new(&known(), &Sum).unwrap();
    let error = Expression::compile(&expression).unwrap().bind(&scope).unwrap_err();
    assert_eq!(error.name, "boom");
    assert!(Expression::compile(&json!({ "%function": { "name": "f" } })).unwrap().has_calls());
}

#[test]
fn fields_are_those_of_the_document_or_of_the_one_before() {
    let before = rawdoc! { "state": "open", "tags": ["a"], "n": { "m": 1 } };
    let after = rawdoc! { "state": "closed", "tags": ["a", "b"], "n": { "m": 2 } };
    let holds = |expression: Value| holds_of(&expression, Some(&after), Some(&before));
    assert!(holds(json!({ "state": "closed", "%%prevRoot.state": "open" })));
    assert!(holds(json!({ "%%root.state": "closed", "%%prev.state": "open" })));
    assert!(holds(json!({ "tags": "b", "%%prevRoot.tags": { "$ne": "b" } })));
    assert!(holds(json!({ "n.m": { "$gt": "%%prevRoot.n.m" } })));
    assert!(holds(json!({ "tags": { "$in": ["x", "a"] }, "n": { "m": 2 } })));
    assert!(!holds(json!({ "n": { "m": 2, "x": 1 } })));
    assert!(holds_of(&json!({ "%%prevRoot": { "%exists": false } }), Some(&after), None));
}

#[test]
fn what_is_not_there_equals_nothing() {
    let document = rawdoc! { "a": 1, "null": null };
    let holds = |expression: Value| holds_of(&expression, Some(&document), None);
    // Neither side is there: an owner who does not exist owns no document without an owner.
    assert!(!holds(json!({ "owner": "%%user.custom_data.absent" })));
    assert!(!holds(json!({ "owner": { "$in": "%%user.custom_data.absent" } })));
    assert!(!holds(json!({ "owner": { "$ne": "%%user.custom_data.absent" } })));
    assert!(!holds(json!({ "owner": { "$nin": "%%user.custom_data.absent" } })));
    assert!(!holds(json!({ "%%user.custom_data.absent": "%%root.owner" })));
    assert!(!holds(json!({ "owner": "%%user.custom_data.none" })));
    assert!(!holds(json!({ "owner": null })));
    assert!(!holds(json!({ "owner": { "a": "%%user.custom_data.absent" } })));
    assert!(holds(json!({ "null": null })));
    assert!(holds(json!({ "owner": { "$exists": false }, "null": { "$exists": true } })));
    assert!(holds(json!({ "a": { "$in": ["%%user.custom_data.absent", 1] } })));
}

#[test]
fn mistakes_are_found_when_compiling() {
    for (expression, part) in [
        (json!(1), "a boolean or an object"),
        (json!("x"), "a boolean or an object"),
        (json!([]), "a boolean or an object"),
        (json!({ "%foo": 1 }), "`%foo` is no operator"),
        (json!({ "$where": "1" }), "`$where` is no operator"),
        (json!({ "a": { "$regex": "x" } }), "`$regex` is no operator"),
        (json!({ "a": { "$gt": 1, "b": 2 } }), "`b` is no operator"),
        (json!({ "%%foo": 1 }), "`%%foo` is no expansion"),
        (json!({ "a": "%%users.id" }), "`%%users.id` is no expansion"),
        (json!({ "%and": {} }), "`%and` takes an array"),
        (json!({ "%or": [1] }), "a boolean or an object"),
        (json!({ "a": { "$in": 1 } }), "`$in` takes an array"),
        (json!({ "a": { "$exists": "yes" } }), "`$exists` takes a boolean"),
        (json!({ "%function": "f" }), "`%function` takes"),
        (json!({ "%function": { "name": "f", "arguments": 1 } }), "`%function` takes"),
        (json!({ "a": { "b": { "%bar": 1 } } }), "`%bar` is no operator"),
    ] {
        let error = Expression::compile(&expression).unwrap_err().to_string();
        assert!(error.contains(part), "{expression}: {error}");
    }
    let error = Rules::compile(&json!({ "roles": [{ "name": "r", "insert": 1 }] })).unwrap_err();
    assert!(error.to_string().starts_with("role `r`: "), "{error}");
    let twice = json!({ "roles": [{ "name": "r" }, { "name": "r" }] });
    assert_eq!(Rules::compile(&twice).unwrap_err().to_string(), "two roles are called `r`");
    for rules in
        [json!({ "roles": {} }), json!({ "roles": [{}] }), json!({ "filters": [{ "query": 1 }] })]
    {
        assert!(Rules::compile(&rules).is_err(), "{rules}");
    }
}

fn role(mut role: Value) -> Role {
    role["name"] = json!("r");
    let rules = Rules::compile(&json!({ "roles": [role] })).unwrap();
    rules.select(&Scope::new(&known(), &Sum).unwrap()).unwrap().unwrap()
}

fn message(result: Result<(), Denied>) -> String {
    result.map_or_else(|denied| denied.to_string(), |()| "yes".to_owned())
}

#[test]
fn the_first_role_that_applies_is_the_role() {
    let rules = json!({ "roles": [
        { "name": "admin", "apply_when": { "%%user.custom_data.kind": "admin" }, "write": true },
        { "name": "device", "apply_when": { "%%user.custom_data.kind": "device" } },
        { "name": "rest", "write": true },
    ] });
    let rules = Rules::compile(&rules).unwrap();
    let select = |known: bson::Document| {
        let role = rules.select(&Scope::new(&known, &Sum).unwrap()).unwrap();
        role.map(|role| role.name)
    };
    assert_eq!(select(known()).as_deref(), Some("device"));
    assert_eq!(select(doc! {}).as_deref(), Some("rest"));
    let none = Rules::compile(&json!({ "roles": [{ "name": "x", "apply_when": false }] })).unwrap();
    assert_eq!(none.select(&Scope::empty()).unwrap(), None);
}

#[test]
fn a_device_role_inserts_its_own_documents_and_nothing_else() {
    let role = role(json!({
        "document_filters": { "read": false, "write": { "deviceId": "%%user.id" } },
        "read": false, "write": true, "insert": true, "delete": false,
    }));
    let own = rawdoc! { "_id": 1, "deviceId": "6b00000000000000000000aa", "n": 1 };
    let other = rawdoc! { "_id": 1, "deviceId": "x" };
    assert_eq!(message(role.may_insert(&own)), "yes");
    assert!(message(role.may_insert(&other)).starts_with("insert not permitted: the document"));
    assert_eq!(message(role.may_delete(&own)), "delete not permitted");
    assert!(message(role.may_update(&own, &other)).starts_with("update not permitted: the doc"));
    assert!(message(role.may_update(&other, &own)).starts_with("update not permitted: the doc"));
    assert!(!role.sees(&other) && role.readable(&other).is_none());
}

#[test]
fn insert_and_delete_are_asked_after_the_permission_to_write() {
    let documents = rawdoc! { "_id": 1 };
    let message = |value: Value| message(role(value).may_insert(&documents));
    assert_eq!(message(json!({ "write": true })), "yes");
    assert_eq!(message(json!({ "write": true, "insert": false })), "insert not permitted");
    assert_eq!(message(json!({ "insert": true })), "insert not permitted");
    assert_eq!(message(json!({ "read": true })), "insert not permitted");
    assert_eq!(message(json!({ "write": { "%%prevRoot": { "%exists": false } } })), "yes");
}

#[test]
fn fields_have_permissions_of_their_own() {
    let role = role(json!({
        "fields": {
            "public": { "read": true },
            "own": { "write": true },
            "secret": {},
            "level": { "write": { "%%this": { "$lte": "%%user.custom_data.level" } } },
            "nested": { "fields": { "a": { "write": true }, "b": { "read": true } } },
        },
        "additional_fields": { "read": true },
    }));
    let document = rawdoc! {
        "_id": 1, "public": 1, "own": 2, "secret": 3, "other": 4,
        "nested": { "a": 1, "b": 2, "c": 3 },
    };
    let readable = role.readable(&document).unwrap();
    let expected = rawdoc! {
        "_id": 1, "public": 1, "own": 2, "other": 4, "nested": { "a": 1, "b": 2 },
    };
    assert_eq!(readable, expected);

    let insert = |document: RawDocumentBuf| message(role.may_insert(&document));
    assert_eq!(insert(rawdoc! { "_id": 1, "own": 2, "level": 3, "nested": { "a": 1 } }), "yes");
    let denied =
        |field: &str| format!("insert not permitted: the role may not write the field `{field}`");
    assert_eq!(insert(rawdoc! { "_id": 1, "level": 4 }), denied("level"));
    assert_eq!(insert(rawdoc! { "_id": 1, "public": 1 }), denied("public"));
    assert_eq!(insert(rawdoc! { "_id": 1, "other": 1 }), denied("other"));
    assert_eq!(insert(rawdoc! { "_id": 1, "nested": { "b": 1 } }), denied("nested.b"));

    let update = |after: RawDocumentBuf| message(role.may_update(&document, &after));
    let mut changed = document.clone();
    changed.append(bson::cstr!("own2"), 1);
    assert!(update(changed).ends_with("`own2`"));
    let own = rawdoc! {
        "_id": 1, "public": 1, "own": 9, "secret": 3, "other": 4,
        "nested": { "a": 2, "b": 2, "c": 3 },
    };
    assert_eq!(update(own), "yes", "only what changes is asked about");
    let gone = rawdoc! {
        "_id": 1, "own": 2, "secret": 3, "other": 4, "nested": { "a": 1, "b": 2, "c": 3 },
    };
    assert!(update(gone).ends_with("`public`"), "a field that goes away changes");
}

#[test]
fn writing_includes_reading() {
    let document = rawdoc! { "_id": 1, "owner": 1 };
    assert!(role(json!({ "write": true })).readable(&document).is_some());
    let filters =
        json!({ "document_filters": { "read": false, "write": { "owner": 1 } }, "write": true });
    assert!(role(filters).sees(&document));
    assert!(role(json!({})).readable(&document).is_none());
}

#[test]
fn filters_add_queries_with_what_the_request_knows() {
    let rules = json!({ "filters": [
        { "name": "tenant", "query": { "tenant": "%%user.custom_data.kind", "n": { "$gt": 1 } } },
        { "name": "never", "apply_when": false, "query": { "x": 1 } },
        { "name": "absent", "query": { "x": "%%user.custom_data.absent" }, "projection": { "s": 0 } },
    ] });
    let filters = Rules::compile(&rules).unwrap();
    let filters = filters.filters(&Scope::new(&known(), &Sum).unwrap()).unwrap();
    let expected = [doc! { "tenant": "device", "n": { "$gt": 1 } }, doc! { "$nor": [{}] }];
    assert_eq!(filters.queries, expected);
    assert_eq!(filters.projections, [doc! { "s": 0 }]);
}

#[test]
fn a_role_of_a_session_must_be_decided_without_a_document() {
    let filters = json!({ "read": true, "write": { "owner": "%%user.id" } });
    let check = |change: Value| {
        let mut role = json!({ "name": "r", "document_filters": filters, "write": true });
        role.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let rules = Rules::compile(&json!({ "roles": [role] })).unwrap();
        let unfit = rules.unfit_for_sessions(&|field| ["_id", "owner"].contains(&field));
        unfit.get("r").map_or_else(|| "yes".to_owned(), ToString::to_string)
    };
    assert_eq!(check(json!({})), "yes");
    assert_eq!(check(json!({ "apply_when": { "%function": { "name": "yes" } } })), "yes");
    assert_eq!(
        check(json!({ "document_filters": { "read": true, "write": { "_id": 1 } } })),
        "yes"
    );
    for (change, part) in [
        (json!({ "document_filters": { "read": true } }), "document_filters.write"),
        (json!({ "document_filters": null }), "document_filters.read"),
        (json!({ "apply_when": { "%%root.a": 1 } }), "apply_when"),
        (json!({ "apply_when": { "%%request.httpMethod": "GET" } }), "apply_when"),
        (json!({ "insert": { "%%prevRoot.owner": 1 } }), "`insert` uses an expansion"),
        (json!({ "insert": { "%function": { "name": "f" } } }), "`insert` uses an expansion"),
        (json!({ "delete": { "other": 1 } }), "`other`, which is not queryable"),
        (json!({ "write": { "owner": 1 } }), "must be true or false"),
        (json!({ "fields": { "a": { "write": { "owner": 1 } } } }), "must be true or false"),
        (json!({ "fields": { "_id": { "write": true } } }), "`_id`"),
    ] {
        let found = check(change.clone());
        assert!(found.contains(part), "{change}: {found}");
    }
}
