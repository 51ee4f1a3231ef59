//! DSA, which can be made and read, but signs no certificate.

use std::convert::Infallible;

use dsa::{Components, KeySize, SigningKey};
use pkcs8::der::{Tag, Tagged};
use zeroize::Zeroizing;

use super::rng::Source;
use crate::functions::crypto::der::{Der, elements, integer, sequence};

/// A key of 2048 and 256 bits, in OpenSSL's form.
pub(super) fn generate(source: &mut Source<'_>) -> Result<Der, Infallible> {
    let components = Components::try_generate_from_rng_with_key_size(source, KeySize::DSA_2048_256)?;
    let key = SigningKey::try_generate_from_rng_with_components(source, components)?;
    let (components, secret) = (key.verifying_key().components(), Zeroizing::new(key.x().to_be_bytes()));
    Ok(sequence(&[
        &[0x02, 1, 0],
        &integer(&components.p().to_be_bytes()),
        &integer(&components.q().to_be_bytes()),
        &integer(&components.g().to_be_bytes()),
        &integer(&key.verifying_key().y().to_be_bytes()),
        &integer(&secret),
    ]))
}

/// Reads OpenSSL's form: a version and five numbers, of which Go checks nothing.
pub(super) fn read(der: &[u8]) -> Option<Der> {
    let parts = elements(der)?;
    let numbers = parts.get(..6)?;
    if numbers.iter().any(|part| part.tag() != Tag::Integer) {
        return None;
    }
    Some(Zeroizing::new(der.to_vec()))
}
