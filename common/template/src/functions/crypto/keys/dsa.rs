//! DSA, which can be made and read, but signs no certificate.

use crypto_primes::{Flavor, is_prime};
use der::asn1::UintRef;
use der::{Sequence, Tag, Tagged};
use dsa::{BoxedUint, Components, SigningKey};
use num_bigint::BigUint;
use zeroize::Zeroizing;

use super::rng::Source;
use crate::functions::crypto::der::{Der, elements, encode};

/// OpenSSL's form, which no standard has.
#[derive(Sequence)]
struct OpenSslKey<'a> {
    version: u8,
    p: UintRef<'a>,
    q: UintRef<'a>,
    g: UintRef<'a>,
    y: UintRef<'a>,
    x: UintRef<'a>,
}

/// A key of 2048 and 256 bits, in OpenSSL's form.
pub(super) fn generate(source: &mut Source<'_>) -> Option<Der> {
    let components = components(source)?;
    let Ok(key) = SigningKey::try_generate_from_rng_with_components(source, components);
    let (public, secret) = (key.verifying_key(), Zeroizing::new(key.x().to_be_bytes()));
    let components = public.components();
    encode(&OpenSslKey {
        version: 0,
        p: UintRef::new(&components.p().to_be_bytes()).ok()?,
        q: UintRef::new(&components.q().to_be_bytes()).ok()?,
        g: UintRef::new(&components.g().to_be_bytes()).ok()?,
        y: UintRef::new(&public.y().to_be_bytes()).ok()?,
        x: UintRef::new(&secret).ok()?,
    })
    .ok()
}

/// Two primes, the smaller of which divides one less than the greater, and a generator of that order (FIPS 186-4 A).
///
/// The crate tests each of some 700 candidates for the greater one in full, which takes seven times as long as dividing by
/// small numbers first.
fn components(source: &mut Source<'_>) -> Option<Components> {
    let one = BigUint::from(1_u8);
    let q = loop {
        let q = random::<256>(source) | &one;
        if is_probably_prime::<256>(&q) {
            break q;
        }
    };
    let p = loop {
        let start = random::<2048>(source);
        let remainder = &start % (&q << 1_u8);
        let p = start - remainder + &one;
        if p.bits() == 2048 && is_probably_prime::<2048>(&p) {
            break p;
        }
    };
    let exponent = (&p - &one) / &q;
    let powers = (2_u8..=u8::MAX).map(|base| BigUint::from(base).modpow(&exponent, &p));
    let g = powers.into_iter().find(|power| *power != one)?;
    Components::from_components(boxed::<2048>(&p)?, boxed::<256>(&q)?, boxed::<2048>(&g)?).ok()
}

/// A number of so many bits.
fn random<const BITS: u32>(source: &mut Source<'_>) -> BigUint {
    let mut bytes = vec![0; BITS as usize / 8];
    source.0.fill(&mut bytes);
    if let Some(first) = bytes.first_mut() {
        *first |= 0x80;
    }
    BigUint::from_bytes_be(&bytes)
}

/// Of an odd number of many bits.
fn is_probably_prime<const BITS: u32>(number: &BigUint) -> bool {
    (3_u32..2000).step_by(2).all(|divisor| number % divisor != BigUint::ZERO)
        && boxed::<BITS>(number).is_some_and(|number| is_prime(Flavor::Any, &number))
}

fn boxed<const BITS: u32>(number: &BigUint) -> Option<BoxedUint> {
    BoxedUint::from_be_slice(&number.to_bytes_be(), BITS).ok()
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
