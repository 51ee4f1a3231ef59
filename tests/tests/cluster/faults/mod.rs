//! What goes wrong in clusters: servers that die, freeze and lose answers; nothing is lost, nothing is done twice.

mod conflicts;
mod keys;
mod kills;
mod lost_answers;
mod namespaces;
mod outages;
mod permissions;
mod scene;
mod silence;
mod token;

use sealed_secrets_tests::cluster::world::Test;

/// Those that wait longest first.
pub(crate) const TESTS: &[(&str, Test)] = &[
    ("a_token_expires", token::expires),
    ("connections_die_in_silence", silence::connections_die),
    ("the_api_server_is_killed", outages::api_server_killed),
    ("the_api_server_is_frozen", outages::api_server_frozen),
    ("etcd_is_paused", outages::etcd_paused),
    ("the_controller_is_killed_20_times", kills::twenty_times),
    ("the_controller_is_killed_over_its_first_key", kills::first_key),
    ("keys_are_renewed_on_time", keys::renewed_on_time),
    ("every_key_is_gone_for_a_while", keys::all_gone_for_a_while),
    ("an_old_key_is_gone_for_a_while", keys::old_one_gone_for_a_while),
    ("a_second_writer_is_in_the_way", conflicts::second_writer),
    ("two_controllers_work_at_once", conflicts::two_controllers),
    ("an_older_generation_gives_way", conflicts::older_generation),
    ("answers_about_secrets_are_lost", lost_answers::of_secrets),
    ("the_answer_about_the_first_key_is_lost", lost_answers::of_the_first_key),
    ("namespaces_are_not_granted", permissions::not_granted),
    ("the_definition_is_missing", permissions::no_definition),
    ("a_namespace_is_deleted", namespaces::deleted),
];
