//! How much there is of everything, and the objects.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::Rng as _;
use sealed_secrets::sealing::{Certificate, Cursor, KeyRing, KeySize, Label, Scope, SealingKey};
use sealed_secrets_tests::cluster::{Api, Namespace, ours};
use serde_json::{Value, json};

/// Requests of the benchmark itself under way at once.
const AT_ONCE: usize = 16;

/// Numbers of objects.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) scale: f64,
    /// Objects that are created one after another.
    pub(crate) single: usize,
    /// Objects at once that upstream's default limits let through in a time worth waiting for.
    pub(crate) few: usize,
    /// Objects at once.
    pub(crate) many: usize,
    /// Foreign Secrets that are deleted at once.
    pub(crate) deleted: usize,
    /// Objects of a large cluster.
    pub(crate) large: usize,
    /// Foreign Secrets of a large cluster.
    pub(crate) foreign: usize,
}

impl Sizes {
    pub(crate) fn scaled(scale: f64) -> Self {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 20,000")]
        let part = |whole: u32| (f64::from(whole) * scale).ceil() as usize;
        Self {
            scale,
            single: part(30).max(10),
            few: part(100),
            many: part(1000),
            deleted: part(300),
            large: part(10_000),
            foreign: part(20_000),
        }
    }
}

/// A SealedSecret with three values, as text.
pub(crate) fn sealed(certificate: &Certificate, namespace: &Namespace, name: &str) -> Result<Value> {
    let values =
        [("user", "a-name-of-some-length"), ("password", "0123456789abcdef"), ("url", "db://host:5432/x")];
    ours::sealed(certificate, namespace.name(), name, &values)
}

/// How long a private operation of RSA-4096 takes here, in seconds: the least of some. It is most of what opening a value
/// costs, and three times as much on a processor without AVX-512 IFMA as on one with it.
pub(crate) fn private_operation() -> Result<f64> {
    let key = SealingKey::generate(KeySize::Rsa4096)?;
    let label = Label::new(Scope::Strict, "namespace", "name");
    let value = key.self_signed_certificate("", 0, i64::from(i32::MAX))?.seal(b"0123456789abcdef", &label)?;
    let ring = KeyRing::new(vec![key]);
    let mut least = f64::INFINITY;
    for _ in 0..50 {
        let started = Instant::now();
        ring.open(&value, &label, &mut Cursor::new())?;
        least = least.min(started.elapsed().as_secs_f64());
    }
    Ok(least)
}

/// Does something for every number below `count`, several at once.
pub(crate) fn parallel(count: usize, work: impl Fn(usize) -> Result<()> + Sync) -> Result<()> {
    let next = AtomicUsize::new(0);
    let results: Vec<Result<()>> = thread::scope(|scope| {
        let worker = || -> Result<()> {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Ok(());
                }
                work(number)?;
            }
        };
        let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("a thread has failed"))))
            .collect()
    });
    results.into_iter().collect()
}

/// Creates Secrets of 1 KiB that no SealedSecret stands for.
pub(crate) fn create_foreign(api: &Api, namespace: &Namespace, count: usize) -> Result<()> {
    let mut bytes = vec![0; 1024];
    rand::rng().fill_bytes(&mut bytes);
    let payload = STANDARD.encode(bytes);
    parallel(count, |number| {
        let object = json!({"metadata": {"name": format!("foreign-{number:05}")}, "data": {"file": payload}});
        api.create(&namespace.secrets(), &object).map(drop).context("a foreign Secret")
    })
}
