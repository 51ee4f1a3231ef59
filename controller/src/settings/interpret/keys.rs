//! Which keys are made, and when.

use std::cmp::Ordering;

use sealed_secrets::key_secret;

use super::Surroundings;
use super::reader::Reader;
use crate::args::{self, Flag, Source};
use crate::settings::domain_values::{common_name, key_order, key_prefix, key_size, whole_seconds};
use crate::settings::note::Note;
use crate::settings::{KeySettings, go_values, labels};

impl Reader<'_> {
    pub(super) fn keys(&mut self, surroundings: &Surroundings) -> Option<KeySettings> {
        let prefix = self.read(&args::KEY_PREFIX, key_prefix);
        let size = self.read(&args::KEY_SIZE, key_size);
        let validity = self.read(&args::KEY_TTL, |text| {
            whole_seconds(text)?.ok_or_else(|| "it must be at least a second".to_owned())
        });
        let common_name = self.read(&args::MY_CN, common_name);
        let renewal = self.renewal_flag();
        let renew_period = self.read(renewal, |text| match go_values::duration(text)? {
            ..0 => Err("it cannot be negative; 0 means that no key is renewed by age".into()),
            _ => whole_seconds(text),
        });
        let order = self.read(&args::KEY_ORDER_PRIORITY, key_order);
        let cutoff = self.cutoff();
        let labels = self.key_labels();
        let annotations = self.read(&args::PRIVATEKEY_ANNOTATIONS, labels::annotations);
        let generate = self.read(&args::GENERATE_KEYS, go_values::truth);

        if self.is_given(&args::ROTATE_PERIOD) {
            self.notes.push(Note::warning(
                "Flag --rotate-period has been deprecated, please use key-renew-period instead",
            ));
        }
        if let (Some(validity), Some(Some(period))) = (validity, renew_period)
            && validity < period
        {
            self.notes.push(Note::warning(
                "Certificates are valid for less than the period after which keys are renewed, so there will be times \
                 when clients refuse to seal: make --key-ttl longer than --key-renew-period",
            ));
        }
        if generate == Some(false) {
            for flag in [&args::KEY_RENEW_PERIOD, &args::ROTATE_PERIOD, &args::KEY_CUTOFF_TIME] {
                self.idle(flag, "has nothing to do, since --generate-keys=false");
            }
        }
        Some(KeySettings {
            prefix: prefix?,
            size: size?,
            validity: validity?,
            common_name: common_name?,
            renew_period: renew_period?,
            order: order?,
            cutoff: cutoff?,
            labels: labels?.into_iter().collect(),
            annotations: annotations?.into_iter().collect(),
            cluster: surroundings.cluster.clone(),
            generate: generate?,
        })
    }

    /// The two flags of the same meaning. On the command line the last wins, in the environment the old name, as
    /// with upstream.
    fn renewal_flag(&self) -> &'static Flag {
        let new = &self.typed.value(&args::KEY_RENEW_PERIOD).source;
        let old = &self.typed.value(&args::ROTATE_PERIOD).source;
        let rank = |source: &Source| match source {
            Source::Default => (0, 0),
            Source::Environment => (1, 0),
            Source::CommandLine(place) => (2, *place),
        };
        match (old, rank(old).cmp(&rank(new))) {
            (Source::Default, _) | (_, Ordering::Less) => &args::KEY_RENEW_PERIOD,
            (_, Ordering::Equal | Ordering::Greater) => &args::ROTATE_PERIOD,
        }
    }

    fn cutoff(&mut self) -> Option<Option<i64>> {
        let time = self.read(&args::KEY_CUTOFF_TIME, |text| match text {
            "" => Ok(None),
            text => go_values::time(text).map(Some),
        })?;
        if let Some((_, false)) = time {
            self.notes.push(Note::warning(format!(
                "{} names a day of the week that is not that of its date; the date counts",
                self.typed.value(&args::KEY_CUTOFF_TIME)
            )));
        }
        Some(time.map(|(seconds, _)| seconds))
    }

    fn key_labels(&mut self) -> Option<Vec<(String, String)>> {
        let mut labels = self.read(&args::PRIVATEKEY_LABELS, labels::labels)?;
        if labels.remove(key_secret::KEY_LABEL).is_some() {
            self.notes.push(Note::warning(format!(
                "The label {} makes a Secret a sealing key; {} cannot change it",
                key_secret::KEY_LABEL,
                self.typed.value(&args::PRIVATEKEY_LABELS)
            )));
        }
        Some(labels.into_iter().collect())
    }
}
