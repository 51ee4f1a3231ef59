//! The whole way of a GitOps repository: seal the folder, apply, read the Secrets.

use sealed_secrets_tests::cluster::world::Test;

pub(crate) const TESTS: &[(&str, Test)] = &[];
