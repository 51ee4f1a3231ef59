//! Waiting for what will come, and saying what it was when it did not.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Asks again and again until there is a value, at most for `limit`; `what` completes "waiting for …".
///
/// An error of `ask` is waited out too, since a server that starts refuses connections at first; the last one is part of
/// the message. Asks at once, then after 5 ms and longer pauses, up to 100 ms.
///
/// ```ignore
/// let secret = wait_until(SECONDS_10, "the Secret a", || Ok(api.find(&namespace.secret("a"))?))?;
/// ```
///
/// # Errors
/// `limit` has passed.
pub fn wait_until<T>(limit: Duration, what: &str, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_millis(5);
    loop {
        let answer = ask();
        if let Ok(Some(value)) = answer {
            return Ok(value);
        }
        if Instant::now() >= deadline {
            match answer {
                Err(error) => bail!("waited {limit:?} for {what}: {error:#}"),
                Ok(_) => bail!("waited {limit:?} for {what}: it did not come"),
            }
        }
        thread::sleep(pause);
        pause = (pause * 3 / 2).min(Duration::from_millis(100));
    }
}

/// The other way round: that something stays as it is for the whole of `period`, looked at every 50 ms.
///
/// # Errors
/// `check` gave one.
pub fn stays(period: Duration, mut check: impl FnMut() -> Result<()>) -> Result<()> {
    let end = Instant::now() + period;
    loop {
        check()?;
        if Instant::now() >= end {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_waited_out_and_the_last_one_is_told() {
        let mut left = 3;
        let came = wait_until(Duration::from_secs(5), "the third time", || {
            left -= 1;
            if left > 0 { bail!("not yet") } else { Ok(Some(left)) }
        });
        assert_eq!(came.unwrap(), 0);
        let failed = wait_until(Duration::ZERO, "nothing", || -> Result<Option<()>> { bail!("refused") });
        assert_eq!(failed.unwrap_err().to_string(), "waited 0ns for nothing: refused");
    }
}
