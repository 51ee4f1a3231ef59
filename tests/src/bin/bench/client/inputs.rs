//! What is sealed and opened: keys, Secrets, sealed Secrets. All of it is made up.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::Rng as _;
use sealing::{Certificate, KeySize, Label, Scope, SealingKey};
use serde_json::json;

/// Values in each Secret.
pub(crate) const VALUES: usize = 5;
/// Keys that the many values are sealed for.
pub(crate) const SPREAD: usize = 12;

const NAMESPACE: &str = "bench";
const YEAR: i64 = 365 * 24 * 3600;

/// How much there is of everything.
pub(crate) struct Inputs {
    /// Files in the folder, and documents in the one file.
    pub(crate) files: usize,
    /// Keys in the largest set.
    pub(crate) keys: usize,
    /// Values of the one object that is sealed for several keys.
    pub(crate) values: usize,
    /// Size of the value for `--raw`.
    pub(crate) raw: usize,
    /// Size of the value in YAML.
    pub(crate) large: usize,
}

impl Inputs {
    pub(crate) fn sized(quick: bool) -> Self {
        let files = if quick { 50 } else { 1000 };
        Self { files, keys: 36, values: files, raw: 10 << 20, large: 3_000_000 }
    }

    /// Writes everything below `folder`.
    pub(crate) fn make(&self, folder: &Path) -> Result<()> {
        let pairs = pairs(self.keys)?;
        fs::create_dir_all(folder.join("keys"))?;
        for (number, (key, _)) in pairs.iter().enumerate() {
            fs::write(folder.join(key_file(number)), key.to_pkcs1_pem().as_bytes())?;
        }
        let certificates: Vec<&Certificate> = pairs.iter().map(|(_, certificate)| certificate).collect();
        fs::write(folder.join("cert.pem"), certificates[0].to_pem())?;

        fs::write(folder.join("one.yaml"), secret("one", 1, 20))?;
        fs::write(folder.join("large.yaml"), secret("large", 1, self.large))?;
        fs::write(folder.join("raw.bin"), random(self.raw))?;
        fs::create_dir(folder.join("files"))?;
        let mut many = String::new();
        for number in 0..self.files {
            let name = format!("secret-{number:04}");
            let text = secret(&name, VALUES, 32);
            many += "---\n";
            many += &text;
            fs::write(folder.join("files").join(format!("{name}.yaml")), text)?;
        }
        fs::write(folder.join("many.yaml"), many)?;
        fs::write(folder.join("sealed.json"), sealed("sealed", VALUES, &certificates[..1])?)?;
        fs::write(folder.join("across.json"), sealed("across", self.values, &certificates[..SPREAD])?)?;
        Ok(())
    }
}

/// The file of a key. Number 0 is the one that opens.
pub(crate) fn key_file(number: usize) -> String {
    format!("keys/k{number:02}.pem")
}

/// Keys of 4096 bits, as the controller makes them, with their certificates; on all processors.
fn pairs(count: usize) -> Result<Vec<(SealingKey, Certificate)>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock stands before 1970")?.as_secs();
    let not_before = i64::try_from(now)? - 60;
    let next = AtomicUsize::new(0);
    let made = Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let results: Vec<Result<()>> = thread::scope(|scope| {
        let work = || -> Result<()> {
            while next.fetch_add(1, Ordering::Relaxed) < count {
                let key = SealingKey::generate(KeySize::Rsa4096)?;
                let certificate = key.self_signed_certificate("", not_before, YEAR)?;
                made.lock().map_err(|_| anyhow!("another thread has failed"))?.push((key, certificate));
            }
            Ok(())
        };
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(anyhow!("a thread has failed"))))
            .collect()
    });
    results.into_iter().collect::<Result<Vec<()>>>()?;
    made.into_inner().map_err(|_| anyhow!("a thread has failed"))
}

fn secret(name: &str, values: usize, size: usize) -> String {
    let mut text = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\n  namespace: {NAMESPACE}\ntype: Opaque\ndata:\n"
    );
    for number in 0..values {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  value-{number}: {}", STANDARD.encode(random(size)));
    }
    text
}

/// A SealedSecret whose values are sealed for the certificates in runs, as an object is that grew while the controller
/// renewed its key.
fn sealed(name: &str, values: usize, certificates: &[&Certificate]) -> Result<String> {
    let label = Label::new(Scope::Strict, NAMESPACE, name);
    let mut data = BTreeMap::new();
    for number in 0..values {
        let certificate = certificates[number * certificates.len() / values];
        data.insert(format!("value-{number:04}"), certificate.seal(&random(32), &label)?.to_base64());
    }
    let metadata = json!({ "name": name, "namespace": NAMESPACE });
    let object = json!({
        "apiVersion": "bitnami.com/v1alpha1",
        "kind": "SealedSecret",
        "metadata": metadata,
        "spec": { "encryptedData": data, "template": { "metadata": metadata, "type": "Opaque" } },
    });
    Ok(object.to_string())
}

fn random(size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}
