//! How long one value takes to seal and to open with each library, what a miss and the first use of a
//! key cost, and what the first random byte of a process costs (printed first).

use std::time::Instant;

use divan::{Bencher, black_box};
use sealing::cipher::Backend;
use sealing::{Certificate, Cursor, KeyRing, Label, Scope, SealedValue, SealingKey};

#[expect(clippy::disallowed_methods, reason = "a bench looks at the clock")]
fn main() {
    for backend in Backend::ALL {
        let begin = Instant::now();
        let drawn = backend.randomize(&mut [0]);
        let micros = begin.elapsed().as_secs_f64() * 1e6;
        drawn.expect("the operating system has randomness");
        println!("first random byte of the process, {backend:?}: {micros:.0} µs");
    }
    divan::main();
}

const SMALL: usize = 32;
const SIZES: [usize; 2] = [SMALL, 1 << 20];

fn label() -> Label {
    Label::new(Scope::Strict, "namespace", "name")
}

fn key(bits: usize) -> SealingKey {
    let pem: &[u8] = match bits {
        2048 => include_bytes!("../tests/keys/k2048.key.pem"),
        _ => include_bytes!("../tests/keys/k4096.key.pem"),
    };
    SealingKey::from_pem(pem).expect("a key of the tests")
}

fn certificate(bits: usize) -> Certificate {
    let pem: &[u8] = match bits {
        2048 => include_bytes!("../tests/keys/k2048.crt.pem"),
        _ => include_bytes!("../tests/keys/k4096.crt.pem"),
    };
    Certificate::from_pem(pem).expect("a certificate of the tests")
}

fn value(bits: usize, length: usize) -> SealedValue {
    certificate(bits).seal(&vec![7; length], &label()).expect("sealing works")
}

/// Every library with every size of key.
fn cases() -> impl Iterator<Item = Case> {
    Backend::ALL.iter().flat_map(|&backend| [2048, 4096].map(|bits| Case { backend, bits }))
}

#[derive(Clone, Copy, Debug)]
struct Case {
    backend: Backend,
    bits: usize,
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}", self.backend, self.bits)
    }
}

#[divan::bench(args = cases(), consts = SIZES)]
fn seal<const LENGTH: usize>(bencher: Bencher<'_, '_>, case: Case) {
    let certificate = certificate(case.bits).with_backend(case.backend).expect("a good key");
    let (plaintext, label) = (vec![7; LENGTH], label());
    bencher.bench_local(|| certificate.seal(black_box(&plaintext), &label));
}

#[divan::bench(args = cases(), consts = SIZES)]
fn open<const LENGTH: usize>(bencher: Bencher<'_, '_>, case: Case) {
    let ring = KeyRing::new(vec![key(case.bits).with_backend(case.backend)]);
    let (value, label) = (value(case.bits, LENGTH), label());
    bencher
        .bench_local(|| ring.open(black_box(&value), &label, &mut Cursor::new()).map(|opened| opened.index));
}

#[divan::bench(args = cases())]
fn refuse(bencher: Bencher<'_, '_>, case: Case) {
    let ring = KeyRing::new(vec![key(case.bits).with_backend(case.backend)]);
    let (value, other) = (value(case.bits, SMALL), Label::new(Scope::ClusterWide, "", ""));
    bencher.bench_local(|| ring.open(black_box(&value), &other, &mut Cursor::new()).is_err());
}

#[divan::bench(args = cases())]
fn open_with_a_fresh_key(bencher: Bencher<'_, '_>, case: Case) {
    let (value, label) = (value(case.bits, SMALL), label());
    bencher
        .with_inputs(|| KeyRing::new(vec![key(case.bits).with_backend(case.backend)]))
        .bench_local_values(|ring| ring.open(&value, &label, &mut Cursor::new()).is_ok());
}

#[divan::bench(args = [2048, 4096])]
fn read_certificate(bencher: Bencher<'_, '_>, bits: usize) {
    let pem = certificate(bits).to_pem();
    bencher.bench_local(|| Certificate::from_pem(black_box(pem.as_bytes())));
}

#[divan::bench(args = [2048, 4096])]
fn read_key_without_using_it(bencher: Bencher<'_, '_>, bits: usize) {
    let pem = key(bits).to_pkcs1_pem();
    bencher.bench_local(|| SealingKey::from_pem(black_box(pem.as_bytes())));
}

#[divan::bench(args = [SMALL, 1 << 20])]
fn decode_base64(bencher: Bencher<'_, '_>, length: usize) {
    let text = SealedValue::from_bytes(vec![7; length]).to_base64();
    bencher.bench_local(|| sealing::decode_base64(black_box(&text)));
}
