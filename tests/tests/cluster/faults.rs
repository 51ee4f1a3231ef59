//! What goes wrong in clusters: servers that die, freeze and lose answers; nothing is lost, nothing is done twice.

use sealed_secrets_tests::cluster::world::Test;

pub(crate) const TESTS: &[(&str, Test)] = &[];
