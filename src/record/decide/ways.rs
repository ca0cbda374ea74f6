//! The likeliest ways to take several uncertain things together. Knows neither digits nor marks.

/// The likeliest ways to class all of these, each with its likelihood, likeliest first; at most `most` are followed from
/// one to the next.
pub(super) fn likeliest<C: Clone>(places: impl Iterator<Item = Vec<(C, f64)>>, most: usize) -> Vec<(Vec<C>, f64)> {
    let mut ways: Vec<(Vec<C>, f64)> = vec![(Vec::new(), 1.0)];
    for classes in places {
        let longer = |(so_far, p): &(Vec<C>, f64)| {
            let (so_far, p) = (so_far.clone(), *p);
            classes.clone().into_iter().map(move |(class, q)| ([so_far.as_slice(), &[class]].concat(), p * q))
        };
        ways = ways.iter().flat_map(longer).filter(|(_, p)| *p > 0.0).collect();
        ways.sort_by(|a, b| b.1.total_cmp(&a.1));
        ways.truncate(most);
    }
    ways
}
