//! A reading by each vendor alone, over its own wire protocol: two programs that were written apart
//! from the same documents, our client and the sandbox, understand each other.

use testkit::app::photo_form;
use testkit::pictures::coffee_cup;
use testkit::{TestApp, World};

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
        address: ("OPENROUTER_BASE_URL", "/api/v1"),
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

async fn app_with(alone: &Alone) -> anyhow::Result<TestApp> {
    let mut world = World::new().await?;
    world.set("OPENROUTER_API_KEY", "");
    let (name, path) = alone.address;
    let address = world.outside(path);
    world.set(name, address);
    for (name, value) in alone.settings {
        world.set(name, value);
    }
    TestApp::start_in(world).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_vendor_alone_sees_a_cup_and_writes_its_reading() -> anyhow::Result<()> {
    for alone in &ALL {
        let vendor = alone.vendor;
        let app = app_with(alone).await?;
        app.post_as_service(photo_form(coffee_cup())).await?.id()?;
        app.drain_jobs().await?;
        let completed = app.count(
            "SELECT count(*) AS count FROM analysis_history
             WHERE status = 'completed' AND tokens_used > 0 AND length(analysis ->> 'intro') > 20",
        );
        assert_eq!(completed.await?, 1, "{vendor}");
        // One call to see and one to write, answered at once, with its tokens told.
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
