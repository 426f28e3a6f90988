//! Extended JSON: what comes in is refused, or means what the library says, and goes out as it came.

#![no_main]
#![allow(dead_code, reason = "a target needs part of the module")]

#[path = "../../gateway/src/ejson.rs"]
mod ejson;
#[path = "../src/json.rs"]
mod json;

use bson::Bson;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const TEXTS: [&str; 40] = [
    "a", "b", "$oid", "65f0c0ffee00000000000051", "$numberInt", "$numberLong", "$numberDouble",
    "$numberDecimal", "1", "-1", "99999999999", "1.5", "NaN", "Infinity", "-Infinity", "1E+3", "$date",
    "2024-01-02T03:04:05Z", "$binary", "base64", "subType", "00", "04", "AQI=", "$uuid",
    "c8edabc3-f738-4ca3-b68d-ab92a91478a3", "$timestamp", "t", "i", "$regularExpression", "pattern",
    "options", "$minKey", "$maxKey", "$undefined", "$code", "$scope", "$symbol", "$dbPointer", "$gt",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, mut rest)) = bytes.split_first() else { return };
    let value = match choice % 2 {
        0 => json::value(&mut rest, &TEXTS),
        _ => match serde_json::from_slice::<Value>(rest) {
            Ok(value) => value,
            Err(_) => return,
        },
    };
    let theirs = Bson::try_from(value.clone());
    match ejson::to_bson(value) {
        Ok(ours) => {
            // NaN equals no other, so the texts are compared.
            let theirs = theirs.expect("the library takes it too");
            assert_eq!(ours.to_string(), theirs.to_string());
            let out = ejson::canonical(ours.clone());
            assert_eq!(out, ours.clone().into_canonical_extjson());
            // Doubles that JSON has no number for come back as they went.
            if let Ok(again) = ejson::to_bson(out) {
                assert_eq!(again.to_string(), ours.to_string());
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
