//! The catalogue of models, and the order in which they are asked: the file `models.toml`, editable
//! without a rebuild and checked at start.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{AiConfig, Step, Usage, Vendor};

/// Every model that may be asked, and the routes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    pub models: Vec<Model>,
    pub routes: Routes,
    /// The throttle of each vendor, for all workers together.
    #[serde(default)]
    pub vendors: BTreeMap<Vendor, Share>,
}

/// How much of a vendor the workers may use; what is not given is not limited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// Calls at once.
    pub running: Option<u32>,
    /// Calls begun in a second.
    pub per_second: Option<f64>,
    /// Calls begun at once after a pause; 1 if it is not given.
    pub burst: Option<u32>,
}

/// One model of one vendor.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    pub vendor: Vendor,
    /// The vendor's name of it; with Azure, that of the deployment.
    pub name: String,
    /// Tokens of request and answer together.
    pub context: u32,
    /// The most tokens of an answer.
    pub max_output: u32,
    /// Whether it sees pictures.
    #[serde(default)]
    pub vision: bool,
    pub price: Price,
}

/// Millionths of a dollar for a million tokens: 1 dollar per million tokens is 1,000,000 here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    pub input: u32,
    pub output: u32,
}

impl Price {
    /// It costs nothing.
    pub const FREE: Self = Self {
        input: 0,
        output: 0,
    };

    /// Whether it costs nothing.
    pub fn is_free(self) -> bool {
        self == Self::FREE
    }

    /// What so many tokens cost, in millionths of a dollar, rounded up.
    pub fn of(self, input_tokens: u32, output_tokens: u32) -> i64 {
        let input = u64::from(self.input) * u64::from(input_tokens);
        let output = u64::from(self.output) * u64::from(output_tokens);
        // At most 2^65 / 10^6; saturating, so that no figure of a vendor can overflow it.
        i64::try_from(input.saturating_add(output).div_ceil(1_000_000)).unwrap_or(i64::MAX)
    }

    /// What a call costs: as the vendor reports, or by this price.
    pub fn of_usage(self, usage: &Usage) -> i64 {
        usage
            .cost_micro_usd
            .unwrap_or_else(|| self.of(usage.input_tokens, usage.output_tokens))
    }
}

/// The models to ask, in this order, as `vendor:model`. One whose vendor is not configured is passed
/// over.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Routes {
    pub vision: Vec<String>,
    pub interpretation: Vec<String>,
    pub chat: Vec<String>,
}

impl Routes {
    fn of(&self, step: Step) -> &[String] {
        match step {
            Step::Vision => &self.vision,
            Step::Interpretation => &self.interpretation,
            Step::Chat => &self.chat,
        }
    }
}

impl Catalogue {
    /// The catalogue of this deployment: `models.toml`, with the routes of the environment.
    ///
    /// # Errors
    /// Every fault, with the name of the file or the variable.
    pub fn of(config: &AiConfig) -> Result<Self, String> {
        let mut catalogue = Self::load(&config.workflows.join("models.toml"))?;
        for (step, entries) in Step::ALL.into_iter().zip(&config.routes) {
            if let Some(entries) = entries {
                let name = step.as_str().to_uppercase();
                let rerouted = catalogue.reroute(step, entries);
                rerouted.map_err(|why| format!("AI_ROUTE_{name}: {why}"))?;
            }
        }
        Ok(catalogue)
    }

    /// Reads and checks the file.
    ///
    /// # Errors
    /// Every fault, with the file's name.
    pub fn load(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|why| {
            format!(
                "{} cannot be read: {why} (WORKFLOWS_DIR names its folder)",
                path.display()
            )
        })?;
        Self::parse(&text).map_err(|why| format!("{}: {why}", path.display()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let catalogue: Self = toml::from_str(text).map_err(|why| why.to_string())?;
        let faults = catalogue.faults();
        if faults.is_empty() {
            Ok(catalogue)
        } else {
            Err(faults.join("; "))
        }
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut known = HashSet::new();
        for model in &self.models {
            let Model {
                vendor,
                name,
                context,
                max_output,
                ..
            } = model;
            if !known.insert((*vendor, name.as_str())) {
                faults.push(format!("{vendor}:{name} is in [[models]] twice"));
            }
            if *max_output == 0 || max_output >= context {
                faults.push(format!("{vendor}:{name}: max_output must be below context"));
            }
        }
        for (vendor, share) in &self.vendors {
            let rate = share.per_second.unwrap_or(1.0);
            if share.running == Some(0) || !(rate.is_finite() && rate > 0.0) {
                faults.push(format!(
                    "vendors.{vendor}: running and per_second must be above 0"
                ));
            }
        }
        for step in Step::ALL {
            for entry in self.routes.of(step) {
                match self.find(entry) {
                    None => faults.push(format!(
                        "routes.{}: {entry} is not in [[models]]",
                        step.as_str()
                    )),
                    Some(model) if step == Step::Vision && !model.vision => {
                        faults.push(format!("routes.vision: {entry} has no vision"));
                    }
                    Some(_) => {}
                }
            }
        }
        faults
    }

    fn find(&self, entry: &str) -> Option<&Model> {
        let (vendor, name) = entry.split_once(':')?;
        let vendor = Vendor::named(vendor)?;
        self.models
            .iter()
            .find(|model| model.vendor == vendor && model.name == name)
    }

    /// The models to ask for a step, in order.
    pub fn route(&self, step: Step) -> Vec<&Model> {
        self.routes
            .of(step)
            .iter()
            .filter_map(|entry| self.find(entry))
            .collect()
    }

    /// The reader that needs no network.
    pub fn offline() -> Model {
        Model {
            vendor: Vendor::Offline,
            name: "offline-reader-1".to_owned(),
            context: u32::MAX,
            max_output: 16_384,
            vision: true,
            price: Price::FREE,
        }
    }

    /// The throttle of a vendor.
    pub fn share(&self, vendor: Vendor) -> Share {
        self.vendors.get(&vendor).copied().unwrap_or_default()
    }

    /// Replaces the route of a step: `vendor:model`, separated by commas.
    ///
    /// # Errors
    /// What is not in the catalogue.
    pub fn reroute(&mut self, step: Step, entries: &str) -> Result<(), String> {
        let entries = entries
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty());
        let entries: Vec<String> = entries.map(str::to_owned).collect();
        match step {
            Step::Vision => self.routes.vision = entries,
            Step::Interpretation => self.routes.interpretation = entries,
            Step::Chat => self.routes.chat = entries,
        }
        let faults = self.faults();
        if faults.is_empty() {
            Ok(())
        } else {
            Err(faults.join("; "))
        }
    }
}
