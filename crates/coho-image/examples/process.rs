//! Processes one file: `cargo run --example process -- image/resize,w_400/format,webp in.jpg out.webp`.

use std::error::Error;
use std::{env, fs};

use coho_image::{ImageLimits, ImagePlan, WatermarkBodies, process};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [text, source, target] = &arguments[..] else { return Err("a text, a source and a target are needed".into()) };
    let limits = ImageLimits::default();
    let plan = ImagePlan::parse(text, &limits)?;
    let mut bodies = WatermarkBodies::new();
    for name in plan.watermark_objects() {
        bodies.insert(name.to_owned(), fs::read(name)?);
    }
    fs::write(target, process(&plan, &fs::read(source)?, &bodies, &limits)?.body)?;
    Ok(())
}
