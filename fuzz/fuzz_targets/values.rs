//! Sealed values: any text and any bytes are read or refused, opened or not opened, and nothing else.
//!
//! The first byte of the input says how the rest is taken: as text in base64 when it is even, as the bytes
//! themselves when it is odd.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sealing::{Cursor, KeyRing, Label, Scope, SealedValue, SealingKey, decode_base64};

static RING: LazyLock<KeyRing> = LazyLock::new(|| {
    let key = SealingKey::from_pem(include_bytes!("../seeds/keys/rsa2048-pkcs1.pem"))
        .expect("the seed is a valid key");
    KeyRing::new(vec![key])
});

fuzz_target!(|data: &[u8]| {
    let Some((how, rest)) = data.split_first() else { return };
    let value = if how % 2 == 0 {
        let Ok(text) = std::str::from_utf8(rest) else { return };
        check_line_break(text);
        let Ok(value) = SealedValue::from_base64(text) else { return };
        assert_same_base64(text, &value.to_base64());
        value
    } else {
        SealedValue::from_bytes(rest.to_vec())
    };

    let again = SealedValue::from_base64(&value.to_base64()).expect("what is printed is read back");
    assert!(again == value);
    if let Some(length) = value.modulus_length() {
        assert!(length <= value.as_bytes().len());
    }

    for scope in [Scope::Strict, Scope::NamespaceWide, Scope::ClusterWide] {
        let label = Label::new(scope, "rt-inventory-cicd", "regcred");
        // Only a seed can open; whether it does must not depend on what was tried before.
        let first = RING.open(&value, &label, &mut Cursor::new()).map(|opened| opened.plaintext);
        let mut cursor = Cursor::new();
        cursor.observe(&value);
        let second = RING.open(&value, &label, &mut cursor).map(|opened| opened.plaintext);
        assert!(first == second);
    }
});

/// A line break means nothing, but text with one takes another way through the decoder.
fn check_line_break(text: &str) {
    let with_break = decode_base64(&format!("\n{text}")).map_err(|error| error.at);
    assert_eq!(decode_base64(text).map_err(|error| error.at + 1), with_break);
}

/// Line breaks inside the text are dropped, and the unused bits of its last character are free.
fn assert_same_base64(read: &str, printed: &str) {
    let read: Vec<u8> = read.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    assert_eq!(read.len(), printed.len());
    let exact = read.len().saturating_sub(4);
    assert_eq!(&read[..exact], &printed.as_bytes()[..exact]);
}
