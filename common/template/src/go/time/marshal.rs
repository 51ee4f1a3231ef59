//! Times as JSON, text and bytes. Go refuses what RFC 3339 cannot say.

use crate::go::time::calendar::Wall;
use crate::go::time::{Location, Time};

impl Time {
    /// RFC 3339 with the digits of the second that are needed, as `MarshalText` gives it and JSON between quotes.
    ///
    /// # Errors
    /// A year or an offset with too many digits. The text is Go's behind the name of the method.
    pub(crate) fn rfc3339(&self) -> Result<String, &'static str> {
        let Wall { year, .. } = self.wall();
        if !(0..=9999).contains(&year) {
            return Err("year outside of range [0,9999]");
        }
        let offset = self.location.offset(self.unix_seconds()).seconds;
        if offset.abs() / 3600 >= 24 {
            return Err("timezone hour outside of range [0,23]");
        }
        let text = self.format(b"2006-01-02T15:04:05.999999999Z07:00");
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Go's own form of 15 or 16 bytes: version, seconds, nanoseconds, offset in minutes (and seconds).
    ///
    /// # Errors
    /// An offset that looks like the mark of UTC.
    pub(crate) fn binary(&self) -> Result<Vec<u8>, &'static str> {
        let offset = self.location.offset(self.unix_seconds()).seconds;
        let (minutes, seconds) = match self.location {
            Location::Utc => (-1, 0),
            _ if offset / 60 == -1 => return Err("Time.MarshalBinary: unexpected zone offset"),
            _ => (
                i16::try_from(offset / 60).map_err(|_| "Time.MarshalBinary: unexpected zone offset")?,
                offset % 60,
            ),
        };
        let mut bytes = vec![if seconds == 0 { 1 } else { 2 }];
        bytes.extend(self.seconds.to_be_bytes());
        bytes.extend((self.nanoseconds as u32).to_be_bytes());
        bytes.extend(minutes.to_be_bytes());
        if seconds != 0 {
            bytes.push(seconds as u8);
        }
        Ok(bytes)
    }
}
