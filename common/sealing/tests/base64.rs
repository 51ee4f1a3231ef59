//! `base64_go.json` holds texts and what Go's `encoding/base64` made of them.

#![allow(clippy::unwrap_used)]

use sealing::{Base64Error, SealedValue, decode_base64};
use serde_json::Value;

#[test]
fn texts_decode_as_in_go() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("base64_go.json")).unwrap();
    assert_eq!(cases.len(), 400);
    for case in cases {
        let text = case["text"].as_str().unwrap();
        let decoded = decode_base64(text);
        match case["error_at"].as_u64() {
            Some(at) => {
                assert_eq!(decoded, Err(Base64Error { at: usize::try_from(at).unwrap() }), "{text:?}");
            }
            None => {
                let hex: String = decoded.unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
                assert_eq!(hex, case["bytes_hex"].as_str().unwrap(), "{text:?}");
            }
        }
    }
}

#[test]
fn errors_are_worded_as_in_go() {
    let error = SealedValue::from_base64("YmFy YmFy").unwrap_err();
    assert_eq!(error.to_string(), "illegal base64 data at input byte 4");
}

#[test]
fn long_texts_in_lines_decode() {
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let text = SealedValue::from_bytes(bytes.clone()).to_base64();
    for end in ["\n", "\r\n"] {
        let lines: Vec<&str> =
            text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        assert_eq!(decode_base64(&lines.join(end)).unwrap(), bytes);
    }
}
