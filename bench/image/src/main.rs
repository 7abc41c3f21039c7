//! The Symancy half of the image benchmark, called by `bench/image/run.sh`:
//!
//!     bench-image scene <width> <height> <file.png>   a synthetic photo
//!     bench-image measure <photo> <times> <folder>    our image step; a line of JSON
//!     bench-image idle                                a process that does nothing
//!     bench-image ssim <photo> <picture.jpg>...       beside a full-size Lanczos reference

mod measure;
mod scene;
mod ssim;

use anyhow::{Context, bail};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["scene", width, height, file] => {
            let picture = scene::photo(width.parse()?, height.parse()?)?;
            picture.save(file).context("the scene")
        }
        ["measure", photo, times, folder] => measure::measure(photo, times.parse()?, folder),
        ["idle"] => measure::idle(),
        ["ssim", photo, pictures @ ..] => ssim::compare(photo, pictures),
        _ => bail!("see the top of bench/image/src/main.rs"),
    }
}
