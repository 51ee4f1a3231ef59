//! From a SealedSecret to its Secret, by scripts of API calls: what is asked that the script does not have fails, and so
//! does what the script has and nobody asks. Then the whole loop over a small API server in memory.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod api_server;
mod failures;
mod paused;
mod script;
mod secrets;
mod statuses;
mod support;
mod templates;
mod whole_loop;
