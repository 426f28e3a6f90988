use std::time::Duration;

use bson::{Bson, bson, doc};

use super::{
    FunctionError, Limits,
    sandbox::{self, Call},
};

fn limits() -> Limits {
    Limits { time: Duration::from_secs(30), ..Limits::default() }
}

fn context() -> Bson {
    bson!({
        "user": { "id": "u1", "custom_data": { "level": 3 } },
        "values": { "max": 100 },
        "environment": { "tag": "qa", "values": { "url": "https://x" } },
        "request": { "httpMethod": "POST" },
        "system": true,
    })
}

fn run_all(
    functions: &[(&str, &str)],
    arguments: Bson,
    limits: Limits,
) -> Result<Bson, FunctionError> {
    let call = Call {
        functions: functions.to_vec(),
        name: functions[0].0,
        arguments: arguments.into_canonical_extjson().to_string(),
        context: context().into_canonical_extjson().to_string(),
    };
    let returned = sandbox::run(&call, limits)?;
    let value: serde_json::Value = serde_json::from_str(&returned.value?).unwrap();
    Ok(Bson::try_from(value).unwrap())
}

fn run(source: &str, arguments: Bson) -> Result<Bson, FunctionError> {
    run_all(&[("f", source)], arguments, limits())
}

fn returns(expression: &str) -> Bson {
    run(&format!("exports = () => ({expression})"), bson!([])).unwrap()
}

fn threw(source: &str) -> (String, String) {
    match run(source, bson!([])).unwrap_err() {
        FunctionError::Threw { name, message } => (name, message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn functions_answer_what_they_return() {
    assert_eq!(run("exports = function (a, b) { return a + b; };", bson!([2, 40])), Ok(bson!(42)));
    let waits =
        "exports = async (a) => { const b = await Promise.resolve(1); return a + b; } // end";
    assert_eq!(run(waits, bson!([1])), Ok(bson!(2)));
    assert_eq!(run("module.exports = () => 'm';", bson!([])), Ok(bson!("m")));
    assert_eq!(run("const n = 7; exports = () => n;", bson!([])), Ok(bson!(7)));
    assert_eq!(run("exports = () => {};", bson!([])), Ok(Bson::Null));
}

#[test]
fn values_come_in_and_go_out_as_they_are() {
    let id = bson::oid::ObjectId::new();
    let uuid = bson::Uuid::from_bytes([7; 16]);
    let values = bson!([{
        "id": id,
        "int": 1, "long": 9_007_199_254_740_993_i64, "middle": 4_294_967_296_i64, "double": 1.5,
        "nan": f64::INFINITY, "decimal": ("1.10".parse::<bson::Decimal128>().unwrap()),
        "date": (bson::DateTime::from_millis(1_700_000_000_000)),
        "binary": (bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: vec![1, 2, 3, 255] }),
        "uuid": uuid,
        "text": "é\u{1f980}", "yes": true, "null": null, "list": [1, { "a": [] }],
        "__proto__": { "x": 1 }, "$weird": 1,
        "time": (bson::Timestamp { time: 5, increment: 6 }), "min": (Bson::MinKey), "max": (Bson::MaxKey),
    }]);
    let back = run("exports = (value) => value;", values.clone()).unwrap();
    assert_eq!(back, values.as_array().unwrap()[0]);
}

#[test]
fn types_of_bson_can_be_made() {
    let id = "6b00000000000000000000aa";
    let oid = Bson::ObjectId(bson::oid::ObjectId::parse_str(id).unwrap());
    for make in ["BSON.ObjectId", "new BSON.ObjectId", "new BSON.ObjectID", "ObjectId"] {
        assert_eq!(returns(&format!("{make}('{id}')")), oid, "{make}");
    }
    assert!(returns("new BSON.ObjectId()").as_object_id().is_some());
    assert_eq!(returns("BSON.Long(5)"), bson!(5_i64));
    assert_eq!(returns("new BSON.Double(5)"), bson!(5.0));
    assert_eq!(returns("12n"), bson!(12_i64));
    assert_eq!(returns("new Date(5)"), Bson::DateTime(bson::DateTime::from_millis(5)));
    assert_eq!(returns("[-0, 0.1, 3e9, undefined]"), bson!([-0.0, 0.1, 3_000_000_000_i64, null]));
    assert_eq!(returns("EJSON.stringify({ a: 1 })"), bson!(r#"{"a":{"$numberInt":"1"}}"#));
    assert_eq!(returns("new Map([['a', 1]])"), bson!({ "a": 1 }));
    let bytes = returns("new Uint8Array([1, 2])");
    assert!(matches!(bytes, Bson::Binary(binary) if binary.bytes == [1, 2]));
}

#[test]
fn functions_see_the_context_and_nothing_else() {
    let seen = returns(
        "[context.user.id, context.values.get('max'), context.environment.tag, \
         context.request.httpMethod, context.runningAsSystem(), context.values.get('none')]",
    );
    assert_eq!(seen, bson!(["u1", 100, "qa", "POST", true, null]));
    for attempt in
        ["context.services.get('mongodb-atlas')", "context.http.get({})", "require('fs')"]
    {
        let (_, message) = threw(&format!("exports = () => {attempt};"));
        assert!(message.contains("no input or output"), "{attempt}: {message}");
    }
    for absent in ["process", "fetch", "setTimeout", "XMLHttpRequest", "std", "os", "Deno"] {
        assert_eq!(returns(&format!("typeof {absent}")), bson!("undefined"), "{absent}");
    }
    let (name, _) = threw("exports = () => import('fs');");
    assert!(["ReferenceError", "TypeError", "Error"].contains(&name.as_str()), "{name}");
}

#[test]
fn functions_call_each_other() {
    let functions = [
        ("f", "exports = async (n) => 1 + await context.functions.execute('g', n);"),
        ("g", "exports = (n) => n * 2;"),
        ("broken", "exports = ("),
    ];
    assert_eq!(run_all(&functions, bson!([4]), limits()), Ok(bson!(9)));
    let (_, message) = threw("exports = () => context.functions.execute('other');");
    assert_eq!(message, "function not found: 'other'");
}

#[test]
fn what_is_thrown_is_told() {
    assert_eq!(
        threw("exports = () => { throw new Error('kaput'); }"),
        ("Error".into(), "kaput".into())
    );
    assert_eq!(threw("exports = async () => { throw new TypeError('t'); }").0, "TypeError");
    assert_eq!(threw("exports = () => { throw 'text'; }"), ("Error".into(), "text".into()));
    assert_eq!(threw("exports = () => { throw { a: 1 }; }").1, r#"{"a":{"$numberInt":"1"}}"#);
    assert_eq!(threw("exports = () => undefinedName;").0, "ReferenceError");
    assert!(threw("exports = 7;").1.contains("does not set exports"));
    assert!(matches!(run("exports = (", bson!([])), Err(FunctionError::Syntax(_))));
    let never = run("exports = () => new Promise(() => {});", bson!([]));
    assert_eq!(never, Err(FunctionError::NeverSettles));
    let (name, _) = threw("const a = {}; a.a = a; exports = () => a;");
    assert_eq!(name, "RangeError");
}

#[test]
fn a_function_that_does_not_end_is_ended() {
    let limits = Limits { time: Duration::from_millis(50), ..Limits::default() };
    for source in [
        "exports = () => { for (;;) {} };",
        "for (;;) {} exports = 1;",
        "exports = async () => { for (;;) await null; };",
        "exports = () => { try { for (;;) {} } catch (e) { for (;;) {} } };",
        "exports = () => /^(a+)+$/.test('a'.repeat(40) + 'b');",
        "exports = () => ({ toString() { for (;;) {} }, get a() { for (;;) {} } });",
    ] {
        let ended = run_all(&[("f", source)], bson!([]), limits);
        assert_eq!(ended, Err(FunctionError::TimeLimit(50)), "{source}");
    }
}

#[test]
fn a_function_that_takes_too_much_memory_is_ended() {
    let limits = Limits { memory: 8 * 1024 * 1024, ..limits() };
    for source in [
        "exports = () => { const a = []; for (;;) a.push(new Array(1000).fill(7)); };",
        "exports = () => 'x'.repeat(100 * 1024 * 1024);",
        "exports = () => { let s = 'x'; for (;;) s += s; };",
        "exports = () => new Uint8Array(100 * 1024 * 1024);",
    ] {
        match run_all(&[("f", source)], bson!([]), limits) {
            Err(FunctionError::MemoryLimit(8)) => {}
            // Some lengths are refused before memory is asked for.
            Err(FunctionError::Threw { name, message }) => {
                let refused = name == "RangeError" || message == "string too long";
                assert!(refused, "{source}: {name}: {message}");
            }
            other => panic!("{source}: {other:?}"),
        }
    }
    let deep = "const f = (n) => f(n + 1) + 1; exports = () => f(0);";
    let ended = run_all(&[("f", deep)], bson!([]), limits);
    assert!(matches!(ended, Err(FunctionError::Threw { .. })), "{ended:?}");
}

#[test]
fn calls_share_nothing() {
    let source = "globalThis.n = (globalThis.n || 0) + 1; exports = () => globalThis.n;";
    for _ in 0..2 {
        assert_eq!(run(source, bson!([])), Ok(bson!(1)));
    }
    // Nor does a function that spoils what the gateway uses spoil the next call.
    let spoils =
        "JSON.parse = Array.isArray = Object.keys = () => { throw 1; }; exports = () => 1;";
    drop(run(spoils, bson!([])));
    assert_eq!(
        run("exports = (a) => a;", bson!([{ "a": 1 }])),
        Ok(Bson::Document(doc! { "a": 1 }))
    );
}

#[test]
fn lines_are_collected_up_to_a_limit() {
    let call = Call {
        functions: vec![(
            "f",
            "exports = () => { for (let i = 0; i < 500; i++) console.log('n', i); };",
        )],
        name: "f",
        arguments: "[]".to_owned(),
        context: context().into_canonical_extjson().to_string(),
    };
    let returned = sandbox::run(&call, limits()).unwrap();
    assert_eq!(returned.lines.len(), 100);
    assert_eq!(returned.lines[1], "n 1");
}
