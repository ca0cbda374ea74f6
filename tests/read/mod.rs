//! Pages with marks and mishaps drawn by the tests' own hand, and what reading makes of them. Shares no drawing code with
//! `synth`, so that the reader is not measured against its own assumptions.
#![allow(dead_code, unreachable_pub, reason = "each test and example uses its own part of it")]

pub mod desk;
pub mod draw;
pub mod hazard;
pub mod marks;
