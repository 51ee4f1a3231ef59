//! What is served over HTTP, where, and how much of it.

use super::reader::Reader;
use crate::args;
use crate::settings::domain_values::{count, time_limit};
use crate::settings::problem::Problem;
use crate::settings::{HttpSettings, go_values};

impl Reader<'_> {
    pub(super) fn http(&mut self) -> Option<HttpSettings> {
        let address = self.read(&args::LISTEN_ADDR, go_values::address);
        let metrics_address = self.read(&args::LISTEN_METRICS_ADDR, go_values::address);
        let read_timeout = self.read(&args::READ_TIMEOUT, time_limit);
        let write_timeout = self.read(&args::WRITE_TIMEOUT, time_limit);
        let verify = self.read(&args::VERIFY_ENDPOINT, go_values::truth);
        let rotate = self.read(&args::ROTATE_ENDPOINT, go_values::truth);
        let rate = self.read(&args::RATE_LIMIT, |text| {
            count(text).and_then(|rate| match rate {
                0 => Err(
                    "it must be at least 1; --verify-endpoint=false and --rotate-endpoint=false switch off \
                          what it limits"
                        .into(),
                ),
                rate => Ok(rate),
            })
        });
        let burst = self.read(&args::RATE_LIMIT_BURST, count);
        let omit_secret_labels = self.read(&args::METRICS_OMIT_SECRET_LABELS, go_values::truth);

        if let (Some(address), Some(metrics)) = (address, metrics_address) {
            let meet = address.ip() == metrics.ip()
                || address.ip().is_unspecified()
                || metrics.ip().is_unspecified();
            if address.port() == metrics.port() && address.port() != 0 && meet {
                let place = self.typed.value(&args::LISTEN_METRICS_ADDR).to_string();
                let sentence = format!(
                    "is the address of {} too: metrics and the HTTP API need a port each",
                    self.typed.value(&args::LISTEN_ADDR)
                );
                self.problems.push(Problem { place, sentence });
            }
        }
        if (verify, rotate) == (Some(false), Some(false)) {
            for flag in [&args::RATE_LIMIT, &args::RATE_LIMIT_BURST] {
                self.idle(flag, "has nothing to do, since neither /v1/verify nor /v1/rotate is served");
            }
        }
        Some(HttpSettings {
            address: address?,
            metrics_address: metrics_address?,
            read_timeout: read_timeout?,
            write_timeout: write_timeout?,
            rate: rate?,
            burst: burst?,
            verify: verify?,
            rotate: rotate?,
            omit_secret_labels: omit_secret_labels?,
        })
    }
}
