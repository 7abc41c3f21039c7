//! `symancy ai models`: the catalogue of models, compared with the settings and OpenRouter's list.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use serde::Serialize;
use vendors::ai::catalogue::{Catalogue, Model, Price};
use vendors::ai::openrouter;
use vendors::ai::openrouter::Listed;
use vendors::ai::{AiConfig, Step, Vendor, Vendors};

use super::Output;
use crate::failure::{Failure, to_stderr};
use crate::operator::settings;
use crate::table::{self, Side};

const COLUMNS: [(&str, Side); 8] = [
    ("MODEL", Side::Left),
    ("SET UP", Side::Left),
    ("ROUTES", Side::Left),
    ("SEES", Side::Left),
    ("CONTEXT", Side::Right),
    ("ANSWER", Side::Right),
    ("$ IN/OUT A MILLION", Side::Right),
    ("OPENROUTER SAYS", Side::Left),
];

/// One model, for programs.
#[derive(Serialize)]
struct ModelView<'a> {
    vendor: Vendor,
    name: &'a str,
    /// Whether its vendor is configured.
    set_up: bool,
    /// Its position on each route that names it; 1 is asked first.
    routes: BTreeMap<&'static str, usize>,
    vision: bool,
    context: u32,
    max_output: u32,
    price: Price,
    /// Where OpenRouter lists other figures; always empty for other vendors.
    differs: Vec<String>,
}

/// `symancy ai models`
pub(super) async fn models(
    output: &mut Output<'_, impl Write>,
    timeout: Duration,
) -> Result<(), Failure> {
    let config = settings(AiConfig::read)?;
    let catalogue = Catalogue::of(&config).map_err(|why| Failure::Refused(format!("{why}.")))?;
    let vendors = Vendors::new(&config).map_err(|why| Failure::Refused(format!("{why}.")))?;
    let listed = listed(&config, timeout).await;
    let shown = catalogue.models.iter();
    let shown = shown.map(|model| show(model, &catalogue, &vendors, listed.as_deref()));
    if output.json {
        return shown
            .into_iter()
            .try_for_each(|model| output.object(&model));
    }
    let rows: Vec<Vec<String>> = shown.map(row).collect();
    table::write(output.writer, &COLUMNS, &rows)
}

/// OpenRouter's list, if it is configured and answers; the rest is shown without it.
async fn listed(config: &AiConfig, timeout: Duration) -> Option<Vec<Listed>> {
    match openrouter::models(config, timeout).await {
        Ok(listed) => listed,
        Err(why) => {
            to_stderr(&format!("OpenRouter's list is not available: {why}."));
            None
        }
    }
}

fn show<'a>(
    model: &'a Model,
    catalogue: &Catalogue,
    vendors: &Vendors,
    listed: Option<&[Listed]>,
) -> ModelView<'a> {
    let place = |step: Step| {
        let route = catalogue.route(step);
        let at = route.iter().position(|other| *other == model)?;
        Some((step.as_str(), at + 1))
    };
    let listed = listed.filter(|_| model.vendor == Vendor::OpenRouter);
    ModelView {
        vendor: model.vendor,
        name: &model.name,
        set_up: vendors.get(model.vendor).is_some(),
        routes: Step::ALL.into_iter().filter_map(place).collect(),
        vision: model.vision,
        context: model.context,
        max_output: model.max_output,
        price: model.price,
        differs: listed.map_or_else(Vec::new, |listed| differences(model, listed)),
    }
}

/// Where the list differs in a way that matters: larger limits than ours do not.
fn differences(model: &Model, listed: &[Listed]) -> Vec<String> {
    let Some(listed) = listed.iter().find(|listed| listed.name == model.name) else {
        return vec!["not listed".to_owned()];
    };
    let mut found = Vec::new();
    if listed.price.is_some_and(|price| price != model.price) {
        found.extend(listed.price.map(|price| format!("price {}", prices(price))));
    }
    if listed
        .context
        .is_some_and(|context| context < model.context)
    {
        found.extend(listed.context.map(|context| format!("context {context}")));
    }
    if listed
        .max_output
        .is_some_and(|most| most < model.max_output)
    {
        found.extend(listed.max_output.map(|most| format!("answer {most}")));
    }
    if model.vision && !listed.vision {
        found.push("sees no pictures".to_owned());
    }
    found
}

fn row(model: ModelView<'_>) -> Vec<String> {
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let routes = model.routes.iter();
    let routes: Vec<String> = routes.map(|(step, at)| format!("{step} {at}")).collect();
    vec![
        format!("{}:{}", model.vendor, model.name),
        yes(model.set_up),
        routes.join(", "),
        yes(model.vision),
        model.context.to_string(),
        model.max_output.to_string(),
        prices(model.price),
        model.differs.join(", "),
    ]
}

fn prices(price: Price) -> String {
    format!("{}/{}", dollars(price.input), dollars(price.output))
}

/// Millionths of a dollar as dollars, with at least two decimals.
fn dollars(micro: u32) -> String {
    let decimals = format!("{:06}", micro % 1_000_000);
    let decimals = decimals.trim_end_matches('0');
    format!("{}.{decimals:0<2}", micro / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_have_the_decimals_that_they_need() {
        for (micro, text) in [
            (300_000, "0.30"),
            (2_500_000, "2.50"),
            (62_500, "0.0625"),
            (1, "0.000001"),
            (0, "0.00"),
            (15_000_000, "15.00"),
        ] {
            assert_eq!(dollars(micro), text);
        }
    }
}
