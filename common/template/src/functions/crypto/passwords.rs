//! Passwords: hashed for a server, derived from a master password.

use bcrypt::Version;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::functions::Args;
use crate::machine::Machine;
use crate::value::Value;

/// Steps of one bcrypt of cost 10.
const BCRYPT_STEPS: u64 = 800_000;
/// Steps of one scrypt with N = 32768, r = 8, p = 2.
const SCRYPT_STEPS: u64 = 2_500_000;
/// Bytes that it works on: 128 · r · N.
const SCRYPT_MEMORY: usize = 32 << 20;

pub(super) fn bcrypt(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let hash = bcrypt_of(m, args.text(0)?)?;
    m.text(hash)
}

/// A line for Apache's password file. A user that cannot be in one gives the complaint as text.
pub(super) fn htpasswd(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    let (user, password) = (args.text(0)?, args.text(1)?);
    let (before, after) = if user.contains(&b':') {
        ("invalid username: ", String::new())
    } else {
        ("", format!(":{}", bcrypt_of(m, password)?))
    };
    m.budget.make(before.len() + user.len() + after.len())?;
    Ok(Value::text([before.as_bytes(), user, after.as_bytes()].concat()))
}

/// The hash; the error, too, is text.
fn bcrypt_of(m: &mut Machine<'_>, password: &[u8]) -> Result<String, Failure> {
    let failed = |why: &str| format!("failed to encrypt string with bcrypt: {why}");
    if password.len() > 72 {
        return Ok(failed("bcrypt: password length exceeds 72 bytes"));
    }
    m.budget.spend(BCRYPT_STEPS)?;
    let mut salt = [0; 16];
    m.entropy.fill(&mut salt);
    match bcrypt::hash_with_salt(password, 10, salt) {
        Ok(hash) => Ok(hash.format_for_version(Version::TwoA)),
        Err(error) => Ok(failed(&error.to_string())),
    }
}

/// The password of a site by the Master Password algorithm, version 3.
pub(super) fn derive_password(m: &mut Machine<'_>, args: Args<'_>) -> Result<Value, Failure> {
    // A uint32, as the executor hands it over; sprig takes it modulo 2^32.
    let counter = args.int(0)? as u32;
    let (kind, password, user, site) = (args.text(1)?, args.text(2)?, args.text(3)?, args.text(4)?);
    let Some(templates) = templates(kind) else {
        m.budget.make(kind.len() + 40)?;
        return Ok(Value::text([b"cannot find password template ", &**kind].concat()));
    };
    m.budget.spend(SCRYPT_STEPS)?;
    m.budget.read(password.len() + user.len() + site.len())?;

    let key = stretched(m, password, &[SEED, &length(user), user].concat())?;
    let failed = |_| Failure::said("the key cannot be used");
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&*key).map_err(failed)?;
    for part in [SEED, &length(site), site, &counter.to_be_bytes()] {
        mac.update(part);
    }
    let mut seed = Zeroizing::new([0; 32]);
    seed.copy_from_slice(&mac.finalize().into_bytes());

    let (&first, rest) = seed.split_first().unwrap_or((&0, &[]));
    let template = chosen(templates, first).copied().unwrap_or_default();
    m.budget.make(template.len())?;
    let mut derived = Vec::with_capacity(template.len());
    derived.extend(template.bytes().zip(rest).filter_map(|(class, &byte)| chosen(characters(class), byte)));
    Ok(Value::text(derived))
}

/// scrypt's 64 bytes.
fn stretched(m: &mut Machine<'_>, password: &[u8], salt: &[u8]) -> Result<Zeroizing<[u8; 64]>, Failure> {
    let failed = || Failure::said("failed to derive password");
    let params = scrypt::Params::new(15, 8, 2).map_err(|_| failed())?;
    m.budget.borrow(SCRYPT_MEMORY)?;
    let mut key = Zeroizing::new([0; 64]);
    let done = scrypt::scrypt(password, salt, &params, &mut *key);
    m.budget.give_back(SCRYPT_MEMORY);
    done.map(|()| key).map_err(|_| failed())
}

const SEED: &[u8] = b"com.lyndir.masterpassword";

/// A text's length as the algorithm counts it: in bytes.
fn length(text: &[u8]) -> [u8; 4] {
    (text.len() as u32).to_be_bytes()
}

fn chosen<T>(choices: &[T], byte: u8) -> Option<&T> {
    choices.get(usize::from(byte).checked_rem(choices.len())?)
}

/// What a kind of password may look like: a class of characters for each place.
fn templates(kind: &[u8]) -> Option<&'static [&'static str]> {
    Some(match kind {
        b"maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        b"long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        b"medium" => &["CvcnoCvc", "CvcCvcno"],
        b"short" => &["Cvcn"],
        b"basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        b"pin" => &["nnnn"],
        _ => return None,
    })
}

fn characters(class: u8) -> &'static [u8] {
    match class {
        b'v' => b"aeiou",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}
