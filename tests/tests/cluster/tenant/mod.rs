//! A malicious tenant: may write SealedSecrets, at times their status too, in one namespace, and read no Secret. He gets
//! nothing and stops nobody.

mod floods;
mod forbidden;
mod forgery;
mod keys;
mod mallory;
mod owners;
mod shapes;
mod templates;
mod values;

use sealed_secrets_tests::cluster::world::Test;

pub(crate) const TESTS: &[(&str, Test)] = &[
    ("five_hundred_broken_objects", floods::broken),
    ("items_under_unknown_keys", floods::unknown_keys),
    ("forbidden_types_and_labels", forbidden::types_and_labels),
    ("forged_records", forgery::records),
    ("lines_in_the_log", forgery::log_lines),
    ("keys_from_sealed_secrets", keys::from_sealed_secrets),
    ("keys_that_others_made_of_sealed_secrets", keys::of_others),
    ("deep_nesting", shapes::nesting),
    ("odd_shapes", shapes::odd_shapes),
    ("small_maps", shapes::small_maps),
    ("owners_and_metadata", owners::metadata),
    ("greedy_templates", templates::greedy),
    ("small_objects_of_much", templates::small_objects_of_much),
    ("large_objects", templates::large_objects),
    ("sizes_of_templates", templates::sizes),
    ("items_of_others", values::of_others),
    ("oracles", values::oracles),
    ("scope_by_rotation", values::rotation),
];
