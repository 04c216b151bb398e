//! The child's side: enters the sandbox, says what it is worth, then processes one image after the other.

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use coho_image::{ImageError, ImagePlan, ProcessedImage, WatermarkBodies, process};
use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage, setrlimit};

use crate::protocol::{Hello, RequestHead, ResponseHead, read_bodies, read_body, read_head, write_head};
use crate::sandbox::enter_sandbox;

/// Serves jobs over standard input and output until the parent closes them. `memory_bytes` bounds the address space.
pub fn run_child(memory_bytes: u64) -> io::Result<()> {
    limit_memory(memory_bytes)?;
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let sandbox = enter_sandbox().map_err(io::Error::other)?;
    write_head(&mut output, &Hello { sandbox })?;
    output.flush()?;
    while let Some(head) = read_head::<RequestHead>(&mut input)? {
        let is_sound = serve(head, &mut input, &mut output)?;
        output.flush()?;
        if !is_sound {
            break;
        }
    }
    Ok(())
}

/// For the process and all that it does later; and it leaves no core file, which would hold the image.
pub fn limit_memory(bytes: u64) -> io::Result<()> {
    setrlimit(Resource::RLIMIT_AS, bytes, bytes)?;
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    Ok(())
}

/// Whether the process may go on: after a panic its memory may be in any state.
fn serve(mut head: RequestHead, input: &mut impl Read, output: &mut impl Write) -> io::Result<bool> {
    let source = read_body(input, head.source_bytes)?;
    let bodies = read_bodies(input, std::mem::take(&mut head.watermarks))?;
    limit_cpu(head.cpu_seconds)?;
    let (response, body) = match catch_unwind(AssertUnwindSafe(|| run(&head, &source, &bodies))) {
        Ok(Ok(image)) => {
            let content_type = image.content_type.to_owned();
            (ResponseHead::Done { content_type, bytes: image.body.len() as u64 }, image.body)
        }
        Ok(Err(error)) => (ResponseHead::Refused(error), Vec::new()),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            (ResponseHead::Panicked(text.unwrap_or_default()), Vec::new())
        }
    };
    let is_sound = !matches!(response, ResponseHead::Panicked(_));
    write_head(output, &response)?;
    output.write_all(&body)?;
    Ok(is_sound)
}

fn run(head: &RequestHead, source: &[u8], bodies: &WatermarkBodies) -> Result<ProcessedImage, ImageError> {
    let plan = ImagePlan::parse(&head.plan, &head.limits)?;
    process(&plan, source, bodies, &head.limits)
}

/// The kernel ends the process when this job has used more than its share, even if the parent is gone.
fn limit_cpu(seconds: u64) -> io::Result<()> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let used_seconds = usage.user_time().tv_sec() + usage.system_time().tv_sec() + 1;
    let used_seconds = u64::try_from(used_seconds).unwrap_or(0);
    let (_, maximum) = getrlimit(Resource::RLIMIT_CPU)?;
    setrlimit(Resource::RLIMIT_CPU, used_seconds.saturating_add(seconds).min(maximum), maximum)?;
    Ok(())
}
