//! What a cup says as a whole: which signs lead, their theme, and where most of them lie.

use super::place::Place;
use super::sign::Sign;
use crate::Pattern;
use crate::lexicon::Theme;

/// More would be a list, not a reading.
const SIGNS: usize = 3;

/// The strongest sign, then rather signs from other places of the cup than from the same one.
pub fn main(signs: Vec<Sign<'_>>) -> Vec<Sign<'_>> {
    let (mut chosen, mut spare): (Vec<Sign<'_>>, Vec<Sign<'_>>) = (Vec::new(), Vec::new());
    for sign in signs {
        let elsewhere = chosen.iter().all(|other| other.place != sign.place);
        if elsewhere { &mut chosen } else { &mut spare }.push(sign);
    }
    chosen.extend(spare);
    chosen.truncate(SIGNS);
    chosen
}

/// The theme most of the signs speak of, by their weight.
pub fn leading(signs: &[Sign<'_>]) -> Theme {
    let weight = |theme: Theme| -> f64 {
        let of_it = signs.iter().filter(|sign| sign.theme() == theme);
        of_it.map(|sign| sign.pattern.confidence.max(0.01)).sum()
    };
    let themes = signs.iter().map(Sign::theme);
    let best = themes.reduce(|best, theme| match weight(theme) > weight(best) {
        true => theme,
        false => best,
    });
    best.unwrap_or(Theme::Insight)
}

/// Where most of the cup's signs lie: bottom, wall, rim, left, right, or well apart.
pub fn weight(patterns: &[Pattern]) -> Option<usize> {
    let places: Vec<Place> = patterns.iter().map(|p| Place::of(&p.place)).collect();
    let most = |is: &dyn Fn(&Place) -> bool| {
        places.iter().filter(|place| is(place)).count() * 3 >= places.len() * 2
    };
    if places.len() < 3 || places.iter().any(|place| place.depth.is_none()) {
        return None;
    }
    let depth = (0..3).find(|depth| most(&|place| place.depth == Some(*depth)));
    depth
        .or_else(|| most(&|place| place.hand() < 0).then_some(3))
        .or_else(|| most(&|place| place.hand() > 0).then_some(4))
        .or(Some(5))
}
