//! `symancy ai models`, with a list of OpenRouter that differs from the catalogue.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use testkit::stub::{Reply, Stub};
use tokio::process::Command;

/// Three models of OpenRouter, of which the first is listed as it is here, and one of Groq.
const CATALOGUE: &str = r#"
[routes]
vision = ["groq:sees", "openrouter:same"]
interpretation = ["openrouter:same"]
chat = []

[[models]]
vendor = "openrouter"
name = "same"
context = 8_192
max_output = 4_096
vision = true
price = { input = 30_000_000, output = 60_000_000 }

[[models]]
vendor = "openrouter"
name = "other"
context = 8_193
max_output = 4_097
vision = true
price = { input = 300_000, output = 2_500_000 }

[[models]]
vendor = "openrouter"
name = "gone"
context = 8_192
max_output = 4_096
price = { input = 0, output = 0 }

[[models]]
vendor = "groq"
name = "sees"
context = 131_072
max_output = 16_384
vision = true
price = { input = 62_500, output = 3_000_000 }
"#;

/// A model in the form of <https://openrouter.ai/docs/guides/overview/models>.
fn listed(name: &str, modalities: &[&str]) -> Value {
    json!({
        "id": name,
        "context_length": 8192,
        "architecture": { "input_modalities": modalities, "output_modalities": ["text"] },
        "pricing": { "prompt": "0.00003", "completion": "0.00006", "request": "0", "image": "0" },
        "top_provider": { "context_length": 8192, "max_completion_tokens": 4096 },
    })
}

struct Printed {
    code: Option<i32>,
    out: String,
    err: String,
}

/// The command with nothing but these settings: no database.
async fn models(words: &[&str], catalogue: &str, env: &[(&str, &str)]) -> anyhow::Result<Printed> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("models.toml"), catalogue)?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_symancy"));
    command
        .env_clear()
        .env("WORKFLOWS_DIR", folder.path())
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .args(["ai", "models"])
        .args(words);
    let ended = command.output().await?;
    Ok(Printed {
        code: ended.status.code(),
        out: String::from_utf8(ended.stdout)?,
        err: String::from_utf8(ended.stderr)?,
    })
}

#[tokio::test]
async fn the_table_shows_what_is_set_up_and_where_openrouter_lists_other_figures()
-> anyhow::Result<()> {
    let list = json!({ "data": [listed("same", &["text", "image"]), listed("other", &["text"])] });
    let openrouter = Stub::start([Reply::json(200, &list)]).await?;
    let env = [
        ("OPENROUTER_API_KEY", "k"),
        ("OPENROUTER_BASE_URL", openrouter.url.as_str()),
    ];
    let printed = models(&[], CATALOGUE, &env).await?;
    assert_eq!((printed.code, printed.err.as_str()), (Some(0), ""));
    let expected = "\
MODEL             SET UP  ROUTES                      SEES  CONTEXT  ANSWER  $ IN/OUT A MILLION  OPENROUTER SAYS
openrouter:same   yes     interpretation 1, vision 2  yes      8192    4096         30.00/60.00
openrouter:other  yes                                 yes      8193    4097           0.30/2.50  price 30.00/60.00, context 8192, answer 4096, sees no pictures
openrouter:gone   yes                                 no       8192    4096           0.00/0.00  not listed
groq:sees         no      vision 1                    yes    131072   16384         0.0625/3.00
";
    assert_eq!(printed.out, expected);
    Ok(())
}

#[tokio::test]
async fn for_programs_there_is_one_object_a_line() -> anyhow::Result<()> {
    let printed = models(&["--json"], CATALOGUE, &[("GROQ_API_KEY", "k")]).await?;
    assert_eq!((printed.code, printed.err.as_str()), (Some(0), ""));
    let lines: Vec<Value> = printed
        .out
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    assert_eq!(lines.len(), 4);
    assert_eq!(
        lines[3],
        json!({
            "vendor": "groq", "name": "sees", "set_up": true, "routes": { "vision": 1 },
            "vision": true, "context": 131_072, "max_output": 16_384,
            "price": { "input": 62_500, "output": 3_000_000 }, "differs": [],
        })
    );
    assert_eq!(lines[0]["set_up"], false);
    Ok(())
}

/// The rest is shown without it; the key is in no output.
#[tokio::test]
async fn without_openrouters_list_the_table_is_shown_all_the_same() -> anyhow::Result<()> {
    let env = [
        ("OPENROUTER_API_KEY", "sk-secret"),
        ("OPENROUTER_BASE_URL", "http://127.0.0.1:9"),
    ];
    let printed = models(&["--timeout", "5"], CATALOGUE, &env).await?;
    assert_eq!(printed.code, Some(0));
    assert!(
        printed
            .err
            .starts_with("OpenRouter's list is not available: "),
        "{}",
        printed.err
    );
    assert!(!printed.err.contains("sk-secret"), "{}", printed.err);
    assert_eq!(printed.out.lines().count(), 5);
    Ok(())
}

#[tokio::test]
async fn a_faulty_catalogue_or_setting_is_an_error() -> anyhow::Result<()> {
    let printed = models(
        &[],
        &CATALOGUE.replace("\"groq:sees\", ", "\"groq:gone\", "),
        &[],
    )
    .await?;
    assert_eq!((printed.code, printed.out.as_str()), (Some(1), ""));
    assert!(
        printed
            .err
            .contains("routes.vision: groq:gone is not in [[models]]"),
        "{}",
        printed.err
    );

    let printed = models(&[], CATALOGUE, &[("AZURE_OPENAI_API_KEY", "k")]).await?;
    assert_eq!(printed.code, Some(1));
    assert!(
        printed.err.starts_with("AZURE_OPENAI_ENDPOINT is not set"),
        "{}",
        printed.err
    );
    Ok(())
}

/// Neither value is shown: both are secrets.
#[tokio::test]
async fn two_names_with_different_values_are_told_and_ours_is_used() -> anyhow::Result<()> {
    let env = [("GEMINI_API_KEY", "ours"), ("GOOGLE_API_KEY", "theirs")];
    let printed = models(&[], CATALOGUE, &env).await?;
    assert_eq!(printed.code, Some(0));
    assert_eq!(
        printed.err,
        "GOOGLE_API_KEY is ignored for GEMINI_API_KEY: GEMINI_API_KEY is set to something else.\n"
    );
    Ok(())
}

/// The file of the repository is shown too.
#[tokio::test]
async fn the_real_catalogue_is_shown() -> anyhow::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows/models.toml");
    let printed = models(&[], &std::fs::read_to_string(path)?, &[]).await?;
    assert_eq!(printed.code, Some(0), "{}", printed.err);
    for vendor in [
        "openrouter",
        "openai",
        "azure",
        "anthropic",
        "gemini",
        "groq",
        "ollama",
    ] {
        assert!(
            printed.out.contains(&format!("\n{vendor}:")),
            "{vendor}: {}",
            printed.out
        );
    }
    Ok(())
}
