//! Values that mean something here. Every error is the end of a sentence: what is wanted.

use std::time::Duration;

use sealed_secrets::names::check_namespace;
use sealed_secrets::sealing::KeySize;

use super::{KeyOrder, go_values};

/// Prefix of names, as upstream checks it; names have at most 253 characters, of which some are added.
pub(super) fn key_prefix(text: &str) -> Result<String, String> {
    let fine = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && (1..=245).contains(&text.len())
        && !text.starts_with('-');
    fine.then(|| text.to_owned()).ok_or_else(|| {
        "1 to 245 lower-case letters, digits and '-' are wanted, beginning with a letter or digit".into()
    })
}

pub(super) fn key_size(text: &str) -> Result<KeySize, String> {
    let bits = text.parse::<u32>().ok();
    bits.and_then(|bits| KeySize::try_from(bits).ok()).ok_or_else(|| {
        "keys have 2048, 3072 or 4096 bits; 4096 is the best choice where speed is no trouble".into()
    })
}

pub(super) fn key_order(text: &str) -> Result<KeyOrder, String> {
    match text {
        "CertNotBefore" => Ok(KeyOrder::CertificateNotBefore),
        "SecretCreationTimestamp" => Ok(KeyOrder::SecretCreationTimestamp),
        _ => Err("CertNotBefore or SecretCreationTimestamp is wanted".into()),
    }
}

/// X.520 gives a common name 64 characters; a longer one is refused by strict readers of certificates.
pub(super) fn common_name(text: &str) -> Result<String, String> {
    let fine = text.chars().count() <= 64 && !text.contains(char::is_control);
    fine.then(|| text.to_owned()).ok_or_else(|| "at most 64 printable characters are wanted".into())
}

/// `None`: nothing was set. Blanks, empty entries and second mentions are dropped.
pub(super) fn namespaces(text: &str) -> Result<Option<Vec<String>>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let mut names: Vec<String> = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        check_namespace(name).map_err(|error| format!("{name:?} is no namespace: {error}"))?;
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    Ok(Some(names))
}

/// Certificates and periods count in seconds; none is less than one.
pub(super) fn whole_seconds(text: &str) -> Result<Option<Duration>, String> {
    let nanoseconds = go_values::duration(text)?;
    let seconds = u64::try_from(nanoseconds / 1_000_000_000).unwrap_or(0);
    if seconds == 0 && nanoseconds > 0 {
        return Err("it must be at least a second".into());
    }
    Ok((seconds > 0).then_some(Duration::from_secs(seconds)))
}

/// Go takes 0 and less for no limit, with which one silent client after the other would hold a connection for ever.
pub(super) fn time_limit(text: &str) -> Result<Duration, String> {
    const LONGEST: Duration = Duration::from_secs(3600);
    let nanoseconds = u64::try_from(go_values::duration(text)?).unwrap_or(0);
    Ok(if nanoseconds == 0 { LONGEST } else { Duration::from_nanos(nanoseconds) })
}

pub(super) fn count(text: &str) -> Result<u32, String> {
    let number = go_values::whole(text)?;
    u32::try_from(number).map_err(|_| "it cannot be negative, nor above 4 billion".into())
}
