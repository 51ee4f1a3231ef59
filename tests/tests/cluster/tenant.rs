//! A malicious tenant: gets nothing, and stops nobody.

use sealed_secrets_tests::cluster::world::Test;

pub(crate) const TESTS: &[(&str, Test)] = &[];
