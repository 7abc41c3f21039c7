//! A reading by each vendor alone, over its own wire protocol: two programs that were written apart
//! from the same documents, our client and the sandbox, understand each other.

use serde_json::{Value, json};
use testkit::pictures::coffee_cup;
use testkit::vendor::ScriptedVendor;
use world::app::{photo_form, words_form};
use world::{TestApp, World};

/// A vendor, the settings that make it the only one, and where the sandbox speaks as it.
struct Alone {
    vendor: &'static str,
    settings: &'static [(&'static str, &'static str)],
    address: (&'static str, &'static str),
}

const ALL: [Alone; 7] = [
    Alone {
        vendor: "openrouter",
        settings: &[("OPENROUTER_API_KEY", "sandbox")],
        address: ("OPENROUTER_BASE_URL", "/openrouter/api/v1"),
    },
    Alone {
        vendor: "openai",
        settings: &[("OPENAI_API_KEY", "sandbox")],
        address: ("OPENAI_BASE_URL", "/openai/v1"),
    },
    Alone {
        vendor: "azure",
        settings: &[("AZURE_OPENAI_API_KEY", "sandbox")],
        address: ("AZURE_OPENAI_ENDPOINT", "/azure"),
    },
    Alone {
        vendor: "anthropic",
        settings: &[("ANTHROPIC_API_KEY", "sandbox")],
        address: ("ANTHROPIC_BASE_URL", "/anthropic"),
    },
    Alone {
        vendor: "gemini",
        settings: &[("GEMINI_API_KEY", "sandbox")],
        address: ("GEMINI_BASE_URL", "/gemini"),
    },
    Alone {
        vendor: "groq",
        settings: &[("GROQ_API_KEY", "sandbox")],
        address: ("GROQ_BASE_URL", "/groq"),
    },
    Alone {
        vendor: "ollama",
        settings: &[],
        address: ("OLLAMA_BASE_URL", "/ollama"),
    },
];

async fn world_with(alone: &Alone) -> anyhow::Result<World> {
    let mut world = World::new().await?;
    world.set("OPENROUTER_API_KEY", "");
    let (name, path) = alone.address;
    let address = world.outside(path);
    world.set(name, address);
    for (name, value) in alone.settings {
        world.set(name, value);
    }
    Ok(world)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_vendor_alone_sees_a_cup_and_writes_its_reading() -> anyhow::Result<()> {
    for alone in &ALL {
        let vendor = alone.vendor;
        let app = TestApp::start_in(world_with(alone).await?).await?;
        app.post_as_service(photo_form(coffee_cup())).await?.id()?;
        app.drain_jobs().await?;
        let completed = app.count(
            "SELECT count(*) AS count FROM analysis_history
             WHERE status = 'completed' AND tokens_used > 0 AND length(analysis ->> 'intro') > 20",
        );
        assert_eq!(completed.await?, 1, "{vendor}");
        // One call to see and one to write, answered at once, with its tokens reported.
        let calls = format!(
            "SELECT count(*) AS count FROM paid_calls
             WHERE provider = '{vendor}' AND state = 'answered'
             AND (answer -> 'usage' ->> 'input_tokens')::int > 0"
        );
        assert_eq!(app.count(&calls).await?, 2, "{vendor}");
        let others = "SELECT count(*) AS count FROM paid_calls";
        assert_eq!(app.count(others).await?, 2, "{vendor}");
    }
    Ok(())
}

/// The picture stands in the first message of the person, and what is wrong with the answer in the last.
#[tokio::test(flavor = "multi_thread")]
async fn every_vendor_is_shown_the_picture_again_for_a_repair() -> anyhow::Result<()> {
    for alone in &ALL {
        let vendor = alone.vendor;
        let world = world_with(alone).await?;
        let once = json!({ "half_json": true, "times": 1 });
        let fault = json!({ "ai": { "methods": { "vision": once } } });
        world.faults(fault).await?;
        let app = TestApp::start_in(world).await?;
        let id = app.post_as_service(photo_form(coffee_cup())).await?.id()?;
        app.drain_jobs().await?;
        assert_eq!(app.ended(&id).await?["status"], "completed", "{vendor}");
        let seen = "SELECT count(*) AS count FROM paid_calls WHERE step = 'vision'";
        assert_eq!(app.count(seen).await?, 2, "{vendor}");
    }
    Ok(())
}

/// Faults of a vendor, as the sandbox names them; how often it is then asked, and how often the vendor
/// behind it. A vendor that is down for good, garbage and wrong forms are in `ai_route.rs`.
fn faults() -> Vec<(&'static str, Value, usize, usize)> {
    vec![
        ("nothing", json!({}), 1, 0),
        (
            "503, once",
            json!({ "error_rate": 1.0, "status": 503, "times": 1 }),
            2,
            0,
        ),
        (
            "503, always",
            json!({ "error_rate": 1.0, "status": 503 }),
            2,
            1,
        ),
        (
            "429 for a minute",
            json!({ "rate_limit": { "retry_after": 60 } }),
            1,
            1,
        ),
        ("401", json!({ "error_rate": 1.0, "status": 401 }), 1, 1),
        ("400", json!({ "error_rate": 1.0, "status": 400 }), 1, 1),
        ("never answers", json!({ "hang": true }), 1, 1),
        ("the reply is lost", json!({ "lost_reply_rate": 1.0 }), 1, 1),
        (
            "a stream breaks off",
            json!({ "cut_stream_after": 3 }),
            1,
            1,
        ),
        (
            "an error in a stream",
            json!({ "error_in_stream": true }),
            1,
            1,
        ),
        (
            "half a JSON, once",
            json!({ "half_json": true, "times": 1 }),
            2,
            0,
        ),
        ("half a JSON, always", json!({ "half_json": true }), 2, 1),
        ("thinks first", json!({ "wrap": "thought" }), 1, 0),
        ("puts words around", json!({ "wrap": "words" }), 1, 0),
        ("puts a fence around", json!({ "wrap": "fence" }), 1, 0),
        ("leaves a comma", json!({ "wrap": "trailing_comma" }), 1, 0),
        ("404", json!({ "error_rate": 1.0, "status": 404 }), 1, 1),
        ("403", json!({ "error_rate": 1.0, "status": 403 }), 1, 1),
        ("refuses", json!({ "refuse": true }), 1, 1),
        ("does not tell its usage", json!({ "no_usage": true }), 1, 0),
    ]
}

/// Where a vendor's own way of failing differs: how often it is then asked.
fn in_its_own_way(vendor: &str, fault: &str) -> Option<usize> {
    match (vendor, fault) {
        // The sandbox's comes before any text, as `overloaded_error` does: nothing is owed yet.
        ("anthropic", "an error in a stream") => Some(2),
        // Its protocol has no refusal: the answer is not JSON, and may be repaired.
        ("ollama", "refuses") => Some(2),
        _ => None,
    }
}

/// The vendor comes first, and another one behind it. Whatever is wrong, the person gets the reading.
async fn with_another_behind(vendor: &str) -> anyhow::Result<()> {
    let alone = ALL
        .iter()
        .find(|alone| alone.vendor == vendor)
        .expect("a vendor");
    let behind = match vendor {
        "openrouter" => ("OPENAI", "openai"),
        _ => ("OPENROUTER", "openrouter"),
    };
    // Groq takes a schema from some models only.
    let model = if vendor == "groq" {
        "openai/gpt-oss-120b"
    } else {
        "first"
    };
    for (name, fault, asked, asked_behind) in faults() {
        let asked = in_its_own_way(vendor, name).unwrap_or(asked);
        let other = ScriptedVendor::start([]).await?;
        let mut world = world_with(alone).await?;
        world.models(&format!(
            "[routes]\nvision = []\nchat = []\ninterpretation = [\"{vendor}:{model}\", \"{}:second\"]\n\
             [[models]]\nvendor = \"{vendor}\"\nname = \"{model}\"\ncontext = 100_000\n\
             max_output = 4_000\nprice = {{ input = 1_000_000, output = 1_000_000 }}\n\
             [[models]]\nvendor = \"{}\"\nname = \"second\"\ncontext = 100_000\n\
             max_output = 4_000\nprice = {{ input = 1_000_000, output = 1_000_000 }}\n",
            behind.1, behind.1
        ))?;
        world.set(&format!("{}_API_KEY", behind.0), "scripted");
        world.set(&format!("{}_BASE_URL", behind.0), &other.url);
        world.set("AI_CALL_SECONDS", 2);
        world.faults(json!({ "ai": fault })).await?;
        let app = TestApp::start_in(world).await?;
        let id = app.post_as_service(words_form("a bird")).await?.id()?;
        app.drain_jobs().await?;
        assert_eq!(
            app.ended(&id).await?["status"],
            "completed",
            "{vendor}: {name}"
        );
        let calls = format!("SELECT count(*) AS count FROM paid_calls WHERE provider = '{vendor}'");
        let calls = usize::try_from(app.count(&calls).await?)?;
        assert_eq!(
            (calls, other.calls().len()),
            (asked, asked_behind),
            "{vendor}: {name}"
        );
        let unsettled = "SELECT count(*) AS count FROM paid_calls WHERE cost_micro_usd IS NULL
                         OR cost_micro_usd = 0 AND state <> 'refused'";
        assert_eq!(app.count(unsettled).await?, 0, "{vendor}: {name}");
    }
    Ok(())
}

macro_rules! behind {
    ($($test:ident: $vendor:literal),+) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $test() -> anyhow::Result<()> {
            with_another_behind($vendor).await
        }
    )+};
}

behind! {
    openrouter_may_fail_in_any_way_and_the_reading_comes: "openrouter",
    openai_may_fail_in_any_way_and_the_reading_comes: "openai",
    azure_may_fail_in_any_way_and_the_reading_comes: "azure",
    anthropic_may_fail_in_any_way_and_the_reading_comes: "anthropic",
    gemini_may_fail_in_any_way_and_the_reading_comes: "gemini",
    groq_may_fail_in_any_way_and_the_reading_comes: "groq",
    ollama_may_fail_in_any_way_and_the_reading_comes: "ollama"
}
