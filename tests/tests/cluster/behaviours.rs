//! Each behaviour of the controller that users know, on a real API server.

use sealed_secrets_tests::cluster::world::Test;

pub(crate) const TESTS: &[(&str, Test)] = &[];
