//! Ours and upstream's programs side by side, and one in place of the other.

use sealed_secrets_tests::cluster::world::Test;

pub(crate) const TESTS: &[(&str, Test)] = &[];
