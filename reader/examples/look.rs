//! What the reader sees in a photo and writes about it: `look <photo> [en|ru|zh] [focus]`.

use reader::{Focus, Language, Task, read, see};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("look <photo> [en|ru|zh] [focus]")?;
    let language = match args.next().as_deref() {
        Some("ru") => Language::Ru,
        Some("zh") => Language::Zh,
        _ => Language::En,
    };
    let focus = match args.next().as_deref() {
        Some("wellbeing") => Focus::Wellbeing,
        Some("career") => Focus::Career,
        Some("relationships") => Focus::Relationships,
        _ => Focus::General,
    };
    let bytes = std::fs::read(path)?;
    let began = std::time::Instant::now();
    let sight = see(&bytes)?;
    println!(
        "{:?}, cup: {}\n{}",
        began.elapsed(),
        sight.is_cup,
        sight.summary
    );
    for p in &sight.patterns {
        println!(
            "{:12} {:.2}  {}; {}",
            p.symbol, p.confidence, p.place, p.shape
        );
    }
    let task = Task {
        language,
        focus,
        sight: Some(&sight),
        words: None,
        earlier: &[],
    };
    println!("\n{}", read(&task).plain());
    Ok(())
}
