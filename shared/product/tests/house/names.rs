//! From a path as it is written to the files that it leads to.

use std::collections::{BTreeMap, BTreeSet};

use crate::sources::File;

type Module = Vec<String>;

/// What the modules of a crate are called and bring in.
pub struct Names {
    /// Which file a module stands in.
    modules: BTreeMap<Module, usize>,
    /// Names that a module brings in, and what they are, from the root of the crate on.
    imports: BTreeMap<(Module, String), Module>,
    /// Modules of which a module brings in everything.
    globs: BTreeMap<Module, Vec<Module>>,
}

/// How many names a path may lead over.
const STEPS: usize = 8;

impl Names {
    pub fn of(files: &[File]) -> Self {
        let mut names = Self {
            modules: modules(files),
            imports: BTreeMap::new(),
            globs: BTreeMap::new(),
        };
        // An import may begin with a name that another one brings in.
        for _ in 0..STEPS {
            for file in files {
                names.bring_in(file);
            }
        }
        names
    }

    fn bring_in(&mut self, file: &File) {
        for import in &file.named.imports {
            let module = [&file.module[..], &import.inside].concat();
            let Some(target) = self.absolute(&module, &import.parts) else {
                continue;
            };
            match &import.name {
                Some(name) => {
                    self.imports.insert((module, name.clone()), target);
                }
                None => {
                    let globs = self.globs.entry(module).or_default();
                    if !globs.contains(&target) {
                        globs.push(target);
                    }
                }
            }
        }
    }

    /// The path from the root of the crate on; `None` if it leads out of the crate.
    pub fn absolute(&self, module: &[String], parts: &[String]) -> Option<Module> {
        let (first, rest) = parts.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([module, rest].concat()),
            "super" => {
                let (_, parent) = module.split_last()?;
                match rest.first().map(String::as_str) {
                    Some("super") => self.absolute(parent, rest),
                    _ => Some([parent, rest].concat()),
                }
            }
            _ => Some([&self.local(module, first)?[..], rest].concat()),
        }
    }

    /// What a name stands for in a module.
    fn local(&self, module: &[String], name: &str) -> Option<Module> {
        let own = |module: &[String]| {
            let child = [module, &[name.to_owned()]].concat();
            let import = (module.to_vec(), name.to_owned());
            match self.modules.contains_key(&child) {
                true => Some(child),
                false => self.imports.get(&import).cloned(),
            }
        };
        let globs = self.globs.get(module).into_iter().flatten();
        own(module).or_else(|| globs.into_iter().find_map(|glob| own(glob)))
    }

    /// Whether this path is a module.
    pub fn is_module(&self, path: &[String]) -> bool {
        self.modules.contains_key(path)
    }

    /// The files that a path leads over, from the one that is named to the one where the thing is:
    /// names that a module only passes on are followed.
    pub fn files(&self, path: &[String]) -> BTreeSet<usize> {
        let (mut path, mut files) = (path.to_vec(), BTreeSet::new());
        for _ in 0..STEPS {
            let module = self.module_of(&path);
            files.extend(self.modules.get(module).copied());
            let Some(name) = path.get(module.len()) else {
                break;
            };
            let Some(found) = self.local(module, name) else {
                break;
            };
            path = [&found[..], &path[module.len() + 1..]].concat();
        }
        files
    }

    /// The longest beginning that is a module.
    fn module_of<'a>(&self, path: &'a [String]) -> &'a [String] {
        let lengths = (0..=path.len()).rev();
        lengths
            .map(|length| &path[..length])
            .find(|module| self.is_module(module))
            .unwrap_or_default()
    }
}

/// All modules; those without a file of their own stand in their parent's.
fn modules(files: &[File]) -> BTreeMap<Module, usize> {
    let mut modules = BTreeMap::new();
    for (at, file) in files.iter().enumerate() {
        modules.insert(file.module.clone(), at);
        for declared in file.named.modules.iter().filter(|module| module.inline) {
            let name = std::slice::from_ref(&declared.name);
            modules.insert([&file.module[..], &declared.inside, name].concat(), at);
        }
    }
    modules
}
