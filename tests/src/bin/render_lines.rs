//! Our templates, asked as `tools/template-oracle` asks Go's: a question a line, an answer a line.
//!
//! ```console
//! $ echo '{"id":"1","template":"{{ .u | upper }}","data":{"u":"YWxpY2U="}}' | render-lines
//! ```
//!
//! Default limits for the most part, and random bytes that are the same for every question. Rendering runs on a stack of 2 MiB, which
//! is what threads of the controller have.

use std::any::Any;
use std::io::{self, BufRead as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Parser;
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use rustix::process::{Resource, Rlimit, setrlimit};
use sealed_secrets_tests::templates::lines::{Question, Reply};
use template::{Budget, Dot, Entropy, Limits, Surroundings, Template};

/// Renders templates: a line of JSON in, a line of JSON out.
#[derive(Parser)]
struct Args {
    /// Address space of this process; all there is without it.
    #[arg(long)]
    memory_mib: Option<u64>,
    /// The time, in nanoseconds since 1970; the clock's without it.
    #[arg(long)]
    now: Option<i128>,
    /// The steps that a template may take; the default limit without it.
    #[arg(long)]
    fuel: Option<u64>,
}

struct Repeated(SmallRng);

impl Entropy for Repeated {
    fn fill(&mut self, buffer: &mut [u8]) {
        self.0.fill_bytes(buffer);
    }
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    if let Some(mib) = args.memory_mib {
        let bytes = Some(mib << 20);
        setrlimit(Resource::As, Rlimit { current: bytes, maximum: bytes }).context("limiting memory")?;
    }
    let worker = thread::Builder::new().stack_size(2 << 20).spawn(move || answer_all(&args));
    worker.context("starting a thread")?.join().map_err(|_| anyhow!("a panic beside the templates"))??;
    Ok(ExitCode::SUCCESS)
}

fn answer_all(args: &Args) -> Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line.context("reading a question")?;
        let reply = match serde_json::from_str::<Question>(&line) {
            Ok(question) => {
                let attempt = catch_unwind(AssertUnwindSafe(|| answer(args, &question)));
                let reply = attempt.unwrap_or_else(|panic| failed("panic", said(panic.as_ref())));
                Reply { id: question.id, ..reply }
            }
            Err(error) => failed("question", error.to_string()),
        };
        serde_json::to_writer(&mut out, &reply).context("writing an answer")?;
        out.write_all(b"\n").and_then(|()| out.flush()).context("writing an answer")?;
    }
    Ok(())
}

fn answer(args: &Args, question: &Question) -> Reply {
    if question.repeat < 2 {
        return once(args, question);
    }
    let start = Instant::now();
    let mut reply = Reply::default();
    for _ in 0..question.repeat {
        reply = once(args, question);
    }
    let nanos = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
    Reply { nanos: Some(nanos), ..reply }
}

fn once(args: &Args, question: &Question) -> Reply {
    let standard = Limits::default();
    let limits = Limits { fuel: args.fuel.unwrap_or(standard.fuel), ..standard };
    let name = question.name.as_deref().unwrap_or("tpl");
    let template = match Template::parse(name, &question.template, &limits) {
        Ok(template) => template,
        Err(error) => {
            let cap = error.cap.map(|cap| format!("{cap:?}"));
            return Reply { cap, ..failed("parse", error.to_string()) };
        }
    };
    let dot = Dot::new(question.data.iter().map(|(name, value)| (name.as_str(), value.as_slice())));
    let mut budget = Budget::new(limits);
    let mut entropy = Repeated(SmallRng::seed_from_u64(1));
    let now = args.now.unwrap_or_else(clock);
    let rendered = template.render(&dot, Surroundings { budget: &mut budget, entropy: &mut entropy, now });
    let steps = Some(limits.fuel - budget.fuel_left());
    match rendered {
        Ok(output) => {
            Reply { output_base64: Some(STANDARD.encode(output.as_bytes())), steps, ..Reply::default() }
        }
        Err(error) => {
            let cap = error.cap.map(|cap| format!("{cap:?}"));
            Reply { cap, steps, ..failed("exec", error.to_string()) }
        }
    }
}

fn failed(stage: &str, text: String) -> Reply {
    Reply { error_stage: Some(stage.to_owned()), error: Some(text), ..Reply::default() }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

fn clock() -> i128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i128::try_from(since.as_nanos()).unwrap_or(i128::MAX)
}
