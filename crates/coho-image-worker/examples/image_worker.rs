//! A worker process for the tests. With an argument it tries, inside of the sandbox, what a decoder that was taken over would try,
//! and says how that ended; with `hang` it answers nothing.

use std::fs::File;
use std::hint::black_box;
use std::io::{self, Write};
use std::net::TcpStream;
use std::process::Command;

use coho_image_worker::{enter_sandbox, limit_memory, run_child};

const MEMORY_BYTES: u64 = 256 << 20;

fn main() -> io::Result<()> {
    let Some(misdeed) = std::env::args().nth(1) else { return run_child(MEMORY_BYTES) };
    if misdeed == "report" {
        let report = enter_sandbox().map_err(io::Error::other)?;
        return say(&format!("{} {}", report.seccomp, report.landlock));
    }
    limit_memory(MEMORY_BYTES)?;
    enter_sandbox().map_err(io::Error::other)?;
    let ended = match misdeed.as_str() {
        "open" => File::open("/etc/hostname").map(drop),
        "create" => File::create("image_worker_was_here").map(drop),
        "connect" => TcpStream::connect("127.0.0.1:9").map(drop),
        "execute" => Command::new("true").status().map(drop),
        "allocate" => {
            let mut all: Vec<u8> = Vec::new();
            return match all.try_reserve_exact(4 << 30) {
                Ok(()) => say(&format!("allowed {}", black_box(all).capacity())),
                Err(error) => say(&format!("refused: {error}")),
            };
        }
        _ => Ok(()),
    };
    match ended {
        Ok(()) => say("allowed"),
        Err(error) => say(&format!("refused: {:?}", error.kind())),
    }
}

fn say(text: &str) -> io::Result<()> {
    io::stdout().write_all(text.as_bytes())
}
