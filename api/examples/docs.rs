//! Writes the documentation that is made from the code. Run by `make docs`; a test compares.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let docs = project.join("docs");
    std::fs::write(docs.join("openapi.json"), api::http::openapi::document())?;
    std::fs::write(docs.join("ERRORS.md"), product::error_codes::markdown())?;
    std::fs::write(docs.join("ROLES.md"), api::http::roles::markdown())?;
    std::fs::write(
        docs.join("ANALYTICS.md"),
        analytics::reports::catalogue::markdown(),
    )?;
    std::fs::create_dir_all(docs.join("events"))?;
    for (name, schema) in product::event_schemas() {
        std::fs::write(docs.join("events").join(name), schema)?;
    }
    let guide = docs.join("API.md");
    let text = std::fs::read_to_string(&guide)?;
    std::fs::write(guide, api::http::paths::in_guide(&text))?;
    std::fs::write(project.join(".env.example"), world::settings::example())
}
