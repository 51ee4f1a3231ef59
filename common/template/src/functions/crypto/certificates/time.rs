//! Times in certificates (RFC 5280 §4.1.2.5), as far back as Go writes and reads them: the encoding's library begins in
//! 1970, and a template that asks for a negative number of days gets what ended before.

use der::asn1::AnyRef;
use der::{Tag, Tagged};
use jiff::Timestamp;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;

/// A time to the second, and how it is to be tagged.
pub(super) struct Time {
    tag: Tag,
    text: String,
}

impl Time {
    /// With two digits of the year where that is enough.
    ///
    /// # Errors
    /// Go's, of a year that has not four digits.
    pub(super) fn new(seconds: i64) -> Result<Self, &'static str> {
        let unfit = "asn1: cannot represent time as GeneralizedTime";
        let time = Timestamp::from_second(seconds).map_err(|_| unfit)?;
        let (tag, form) = match time.to_zoned(TimeZone::UTC).year() {
            1950..2050 => (Tag::UtcTime, UTC_TIME[0]),
            0..=9999 => (Tag::GeneralizedTime, GENERALIZED_TIME[0]),
            _ => return Err(unfit),
        };
        Ok(Time { tag, text: time.strftime(form).to_string() })
    }

    pub(super) fn as_any(&self) -> der::Result<AnyRef<'_>> {
        AnyRef::new(self.tag, self.text.as_bytes())
    }
}

/// Whether Go takes this for a time.
pub(super) fn is_time(element: AnyRef<'_>) -> bool {
    let forms: &[&str] = match element.tag() {
        Tag::UtcTime => &UTC_TIME,
        Tag::GeneralizedTime => &GENERALIZED_TIME,
        _ => return false,
    };
    forms.iter().any(|form| {
        BrokenDownTime::parse(form, element.value()).is_ok_and(|time| {
            // As many digits as are written, and no more of a day or an hour than there is.
            time.to_datetime().is_ok()
                && time.to_string(form).is_ok_and(|text| text.as_bytes() == element.value())
                && !element.value().ends_with(b"+0000")
        })
    })
}

/// The first is the one that is written. Go reads times without seconds, too, and those of other zones.
const UTC_TIME: [&str; 4] = ["%y%m%d%H%M%SZ", "%y%m%d%H%M%S%z", "%y%m%d%H%MZ", "%y%m%d%H%M%z"];
const GENERALIZED_TIME: [&str; 2] = ["%Y%m%d%H%M%SZ", "%Y%m%d%H%M%S%z"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_have_two_digits_from_1950_to_2049() {
        for (seconds, text) in [
            (-631_152_001, "19491231235959Z"),
            (-631_152_000, "500101000000Z"),
            (-1, "691231235959Z"),
            (2_524_607_999, "491231235959Z"),
            (2_524_608_000, "20500101000000Z"),
            (-7_447_593_600, "17331230000000Z"),
        ] {
            let time = Time::new(seconds).unwrap();
            assert_eq!(time.text, text);
            assert!(is_time(time.as_any().unwrap()), "{text}");
        }
        assert!(Time::new(253_402_300_800).is_err());
    }

    /// As Go's `x509.ParseCertificate` answers to a certificate with each of these.
    #[test]
    fn times_are_read_as_go_reads_them() {
        let is_time = |tag, text: &str| is_time(AnyRef::new(tag, text.as_bytes()).unwrap());
        for text in ["0001010000Z", "000229000000Z", "000101000000+0100", "0001010000-0130"] {
            assert!(is_time(Tag::UtcTime, text), "{text}");
        }
        for text in [
            "",
            "000101000000",
            "010229000000Z",
            "000101240000Z",
            "000101000060Z",
            "000101000000+0000",
            "0001010000 Z",
        ] {
            assert!(!is_time(Tag::UtcTime, text), "{text}");
        }
        assert!(is_time(Tag::GeneralizedTime, "20000101000000Z"));
        assert!(!is_time(Tag::GeneralizedTime, "200001010000Z"));
        assert!(!is_time(Tag::PrintableString, "20000101000000Z"));
    }
}
