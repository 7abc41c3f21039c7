//! The catalogue of models: what is found wrong with it, and what an answer costs by it.

use std::path::Path;

use vendors::ai::catalogue::{Catalogue, Price};
use vendors::ai::{Step, Usage, Vendor};

/// A good one: a model that sees and one that does not.
const GOOD: &str = r#"
[routes]
vision = ["groq:sees"]
interpretation = ["groq:blind", "groq:sees"]
chat = []

[[models]]
vendor = "groq"
name = "sees"
context = 1_000
max_output = 999
vision = true
price = { input = 1, output = 2 }

[[models]]
vendor = "groq"
name = "blind"
context = 1_000
max_output = 999
price = { input = 1, output = 2 }
"#;

fn load(catalogue: &str) -> anyhow::Result<Result<Catalogue, String>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("models.toml");
    std::fs::write(&path, catalogue)?;
    Ok(Catalogue::load(&path))
}

/// What is found wrong if `from` is `to`, once.
fn fault(from: &str, to: &str) -> anyhow::Result<String> {
    anyhow::ensure!(GOOD.contains(from), "{from}");
    match load(&GOOD.replacen(from, to, 1))? {
        Ok(_) => anyhow::bail!("nothing was found wrong with {to}"),
        Err(why) => Ok(why),
    }
}

fn names(catalogue: &Catalogue, step: Step) -> Vec<String> {
    let route = catalogue.route(step).into_iter();
    route
        .map(|model| format!("{}:{}", model.vendor, model.name))
        .collect()
}

#[test]
fn a_good_one_is_read_and_its_routes_are_in_order() -> anyhow::Result<()> {
    let catalogue = load(GOOD)?.map_err(anyhow::Error::msg)?;
    assert_eq!(names(&catalogue, Step::Vision), ["groq:sees"]);
    assert_eq!(
        names(&catalogue, Step::Interpretation),
        ["groq:blind", "groq:sees"]
    );
    assert!(names(&catalogue, Step::Chat).is_empty());
    Ok(())
}

#[test]
fn every_fault_names_the_file() -> anyhow::Result<()> {
    for (from, to, why) in [
        ("\"blind\"", "\"sees\"", "groq:sees is in [[models]] twice"),
        (
            "chat = []",
            "chat = [\"groq:gone\"]",
            "routes.chat: groq:gone is not in [[models]]",
        ),
        (
            "chat = []",
            "chat = [\"sees\"]",
            "routes.chat: sees is not in [[models]]",
        ),
        (
            "[\"groq:sees\"]",
            "[\"groq:blind\"]",
            "routes.vision: groq:blind has no vision",
        ),
        (
            "999",
            "1_000",
            "groq:sees: max_output must be below context",
        ),
        ("999", "0", "groq:sees: max_output must be below context"),
        ("\"groq\"", "\"elsewhere\"", "elsewhere"),
        ("vision = true", "vison = true", "vison"),
        ("input = 1", "input = -1", "-1"),
        ("input = 1, ", "", "input"),
        ("[routes]", "[routs]", "routs"),
    ] {
        let found = fault(from, to)?;
        assert!(
            found.contains(why) && found.contains("models.toml"),
            "{to}: {found}"
        );
    }
    let nowhere = Catalogue::load(Path::new("/nowhere/models.toml"));
    let why = nowhere.map(|_| ()).expect_err("there is no such file");
    assert!(
        why.contains("/nowhere/models.toml") && why.contains("WORKFLOWS_DIR"),
        "{why}"
    );
    Ok(())
}

#[test]
fn the_environment_may_ask_others_but_only_those_of_the_catalogue() -> anyhow::Result<()> {
    let mut catalogue = load(GOOD)?.map_err(anyhow::Error::msg)?;
    catalogue
        .reroute(Step::Chat, " groq:sees , groq:blind,")
        .map_err(anyhow::Error::msg)?;
    assert_eq!(names(&catalogue, Step::Chat), ["groq:sees", "groq:blind"]);
    assert!(catalogue.clone().reroute(Step::Chat, "groq:gone").is_err());
    assert!(catalogue.reroute(Step::Vision, "groq:blind").is_err());
    Ok(())
}

/// Calculated by hand: dollars per million tokens times tokens, rounded up to a millionth of a dollar.
#[test]
fn an_answer_costs_what_was_calculated_by_hand() {
    let price = |input, output| Price { input, output };
    for (price, tokens, cost) in [
        // 1,000 x $0.30 + 500 x $2.50 a million: $0.0003 + $0.00125.
        (price(300_000, 2_500_000), (1_000, 500), 1_550),
        // 1 x $0.15 a million is 0.15 millionths: 1.
        (price(150_000, 600_000), (1, 0), 1),
        // 7 x 0.12 + 3 x 0.39 = 0.84 + 1.17 = 2.01 millionths: 3. Each rounded by itself would be 1 + 2.
        (price(120_000, 390_000), (7, 3), 3),
        // 10 x 0.3 = 3 exactly.
        (price(300_000, 0), (10, 1_000), 3),
        (price(0, 0), (1_000_000, 1_000_000), 0),
        (price(300_000, 2_500_000), (0, 0), 0),
        // The dearest: 4,294,967,295 squared is 18,446,744,065,119,617,025.
        (price(u32::MAX, 0), (u32::MAX, 0), 18_446_744_065_120),
        // Twice that is more than fits: 2^64 - 1 is the most.
        (
            price(u32::MAX, u32::MAX),
            (u32::MAX, u32::MAX),
            18_446_744_073_710,
        ),
    ] {
        assert_eq!(
            price.of(tokens.0, tokens.1),
            cost,
            "{price:?} for {tokens:?}"
        );
    }
}

#[test]
fn the_cost_that_the_vendor_reports_wins_over_the_price() {
    let price = Price {
        input: 300_000,
        output: 2_500_000,
    };
    let mut usage = Usage {
        input_tokens: 1_000,
        output_tokens: 500,
        cost_micro_usd: Some(1_400),
    };
    assert_eq!(price.of_usage(&usage), 1_400);
    usage.cost_micro_usd = None;
    assert_eq!(price.of_usage(&usage), 1_550);
}

/// That every entry of its routes exists, and that those of vision see, is checked by reading it.
#[test]
fn the_real_file_is_read_and_has_every_vendor_with_a_key_on_every_route() -> anyhow::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows/models.toml");
    let catalogue = Catalogue::load(&path).map_err(anyhow::Error::msg)?;
    for step in Step::ALL {
        let route = catalogue.route(step);
        for vendor in Vendor::ALL {
            let there = route.iter().any(|model| model.vendor == vendor);
            // The offline reader is asked where no vendor is configured; it is on no route.
            assert_eq!(
                there,
                vendor != Vendor::Offline,
                "{vendor} for {}",
                step.as_str()
            );
        }
        for model in route {
            // Only a model on a machine of the operator costs nothing.
            let free = model.price == Price::FREE;
            assert_eq!(free, model.vendor == Vendor::Ollama, "{}", model.name);
        }
    }
    Ok(())
}
