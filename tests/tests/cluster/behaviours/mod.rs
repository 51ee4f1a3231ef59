//! Each behaviour of the controller that users know, on a real API server.

mod asked;
mod flags;
mod gone;
mod keys;
mod mending;
mod process;
mod retries;
mod scopes;
mod shape;
mod templates;
mod there;
mod told;

use sealed_secrets_tests::cluster::world::Test;

pub(crate) const TESTS: &[(&str, Test)] = &[
    ("paused_under_our_crd", asked::pause_ours),
    ("paused_under_upstreams_crd", asked::pause_upstreams),
    ("looked_at_when_asked", asked::look),
    ("additional_namespaces", flags::additional_namespaces),
    ("limited_requests", flags::limited_requests),
    ("label_selector", flags::label_selector),
    ("old_garbage_collection", flags::old_garbage_collection),
    ("skip_recreate", flags::skip_recreate),
    ("without_status", flags::without_status),
    ("collected_with_its_owner", gone::collected),
    ("deleted_secrets_come_back", gone::comes_back),
    ("restored_from_a_backup", gone::restored),
    ("bad_keys", keys::bad_keys),
    ("keys_come_and_go", keys::come_and_go),
    ("key_order", keys::order),
    ("no_key_is_made", keys::none_made),
    ("renewal_and_cutoff", keys::renewal),
    ("rotation_by_signal", keys::by_signal),
    ("end_amid_many_objects", process::end_amid_many),
    ("exit_codes", process::exit_codes),
    ("health_and_metrics", process::health_and_metrics),
    ("statuses_are_mended", mending::damaged),
    ("no_fight_over_statuses", mending::no_fight),
    ("definition_swapped", mending::definition_swapped),
    ("retried_by_kind", retries::by_kind),
    ("webhook_named", retries::webhook),
    ("scopes", scopes::annotations),
    ("legacy_data", scopes::legacy),
    ("legacy_data_refused", scopes::legacy_refused),
    ("shape_of_the_secret", shape::template),
    ("templates_rendered", templates::rendered),
    ("templates_failing", templates::failing),
    ("templates_unsettled", templates::unsettled),
    ("templates_turned_off", templates::turned_off),
    ("update", shape::update),
    ("without_owner", shape::without_owner),
    ("never_current_before_it_was_looked_at", told::health),
    ("conditions_under_our_crd", told::conditions_ours),
    ("conditions_under_upstreams_crd", told::conditions_upstreams),
    ("silent_restart", told::restart),
    ("adopted", there::adopted),
    ("foreign", there::foreign),
    ("immutable", there::immutable),
];
