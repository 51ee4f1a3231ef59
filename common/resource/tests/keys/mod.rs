//! Keys that are made once for all tests of a file.

use std::sync::OnceLock;

use sealed_secrets::sealing::{Certificate, KeyRing, KeySize, SealingKey};

const NOW: i64 = 1_767_225_600;

fn made() -> &'static [(String, Certificate); 3] {
    static KEYS: OnceLock<[(String, Certificate); 3]> = OnceLock::new();
    KEYS.get_or_init(|| {
        [(); 3].map(|()| {
            let key = SealingKey::generate(KeySize::Rsa2048).unwrap();
            let certificate = key.self_signed_certificate("", NOW, 3600).unwrap();
            (key.to_pkcs1_pem().to_string(), certificate)
        })
    })
}

/// The certificate of the key of this number, 0 to 2.
pub(crate) fn certificate(index: usize) -> &'static Certificate {
    &made()[index].1
}

/// The keys of these numbers, in this order.
pub(crate) fn ring(indices: &[usize]) -> KeyRing {
    KeyRing::new(
        indices.iter().map(|&index| SealingKey::from_pem(made()[index].0.as_bytes()).unwrap()).collect(),
    )
}
