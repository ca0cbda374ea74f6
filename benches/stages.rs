//! What each stage of a page costs, and all of them: `cargo bench`. Compare two versions by `cargo bench -- --save-baseline
//! before` and `cargo bench -- --baseline before`. `scripts/measure` puts figures into docs/performance.md,
//! `scripts/instructions` counts instructions where time is too noisy.

mod page;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use uketsuke::pipeline::{Desk, Origin};
use uketsuke::scan::{Budgets, Scan};
use uketsuke::synth::FileKind;

fn stages(criterion: &mut Criterion) {
    page::with_desk(|desk| {
        for (name, page) in page::sheets(desk.catalogue, 4) {
            one(criterion, desk, &name, &page::file(page, FileKind::Jpeg, false));
        }
    });
}

fn one(criterion: &mut Criterion, desk: &Desk, name: &str, bytes: &[u8]) {
    let page = page::load(bytes);
    let registered = page::place(desk, &page);
    criterion.bench_function(&format!("load/{name}"), |b| b.iter(|| page::load(black_box(bytes))));
    criterion.bench_function(&format!("locate/{name}"), |b| b.iter(|| page::place(desk, black_box(&page))));
    criterion.bench_function(&format!("read/{name}"), |b| b.iter(|| desk.reader.read(black_box(&page), &registered)));
    let all = |bytes: Vec<u8>| {
        let scan = Scan::open(bytes, &Budgets::default()).expect("our own file");
        desk.decoded(scan.page(1), Origin { source: "page", sha256: "", number: 1 })
    };
    criterion.bench_function(&format!("all/{name}"), |b| b.iter_batched(|| bytes.to_vec(), all, BatchSize::LargeInput));
}

criterion_group!(benches, stages);
criterion_main!(benches);
