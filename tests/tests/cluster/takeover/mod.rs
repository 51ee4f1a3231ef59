//! Ours and upstream's programs side by side, and one in place of the other.

mod changes;
mod clients;
mod keys;
mod scene;
mod swap;
mod two_clusters;
mod unsettled;

use sealed_secrets_tests::cluster::world::Test;

pub(crate) const TESTS: &[(&str, Test)] = &[
    ("upstreams_client_with_our_controller", clients::upstreams_with_ours),
    ("our_kubeseal_with_upstreams_controller", clients::our_kubeseal_with_upstreams),
    ("our_kubeseal_with_our_controller", clients::our_kubeseal_with_ours),
    ("seal_with_upstreams_controller", clients::seal_with_upstreams),
    ("the_certificate_is_fetched_at_once", clients::fetch_at_once),
    ("keys_of_another_cluster_are_restored_beside", two_clusters::restored_beside),
    ("an_image_swap_under_upstreams_definition", swap::from_upstream_under_upstreams_definition),
    ("a_swap_of_what_ours_began_under_upstreams_definition", swap::from_ours_under_upstreams_definition),
    ("an_image_swap_under_our_definition", swap::from_upstream_under_our_definition),
    ("a_swap_of_what_ours_began_under_our_definition", swap::from_ours_under_our_definition),
    ("what_the_other_one_changed_is_seen", changes::are_seen),
    ("conditions_are_cleared_before_a_rollback", changes::conditions_are_cleared),
    ("a_key_by_the_legacy_name", keys::by_the_legacy_name),
    ("a_key_in_pkcs8", keys::in_pkcs8),
    ("a_key_with_two_certificates", keys::with_two_certificates),
    ("unsettled_values_stay", unsettled::stay),
];
