/** Prices of models in US dollars for a million tokens; see `prices.ts`. @module */

/** From https://www.anthropic.com/pricing#api */
export const ANTHROPIC = `
claude-2* 8 24
*claude-v2* 8 24
claude-3-5-haiku* 0.8 4 0.08 1
claude-3.5-haiku* 0.8 4 0.08 1
claude-3-5-sonnet* 3 15 0.3 3.75
claude-3.5-sonnet* 3 15 0.3 3.75
claude-3-7-sonnet* 3 15 0.3 3.75
claude-3.7-sonnet* 3 15 0.3 3.75
claude-sonnet-3.7* 3 15 0.3 3.75
claude-sonnet-3-7* 3 15 0.3 3.75
claude-3-haiku* 0.25 1.25 0.03 0.3
claude-3-opus* 15 75 1.5 18.75
claude-3-sonnet* 3 15 0.3 3.75
claude-fable-5* 10 50 1 12.5
claude-haiku-4-5* 1 5 0.1 1.25
claude-haiku-4.5* 1 5 0.1 1.25
claude-4-5-haiku* 1 5 0.1 1.25
claude-4.5-haiku* 1 5 0.1 1.25
claude-opus-4-0* 15 75 1.5 18.75
claude-4-opus* 15 75 1.5 18.75
claude-opus-4 15 75 1.5 18.75
claude-opus-4-20250514 15 75 1.5 18.75
claude-opus-4-1* 15 75 1.5 18.75
claude-opus-4.1* 15 75 1.5 18.75
claude-opus-4-5* 5 25 0.5 6.25
claude-opus-4.5* 5 25 0.5 6.25
claude-4-5-opus* 5 25 0.5 6.25
claude-4.5-opus* 5 25 0.5 6.25
claude-opus-4-6* 5 25 0.5 6.25
claude-opus-4.6* 5 25 0.5 6.25
claude-4-6-opus* 5 25 0.5 6.25
claude-4.6-opus* 5 25 0.5 6.25
claude-opus-4-7* 5 25 0.5 6.25
claude-opus-4.7* 5 25 0.5 6.25
claude-4-7-opus* 5 25 0.5 6.25
claude-4.7-opus* 5 25 0.5 6.25
claude-opus-4-8* 5 25 0.5 6.25
claude-opus-4.8* 5 25 0.5 6.25
claude-4-8-opus* 5 25 0.5 6.25
claude-4.8-opus* 5 25 0.5 6.25
claude-opus-5* 5 25 0.5 6.25
claude-opus-5.0* 5 25 0.5 6.25
claude-5-opus* 5 25 0.5 6.25
claude-5.0-opus* 5 25 0.5 6.25
claude-sonnet-4-2025* 3 15 0.3 3.75
claude-sonnet-4-0* 3 15 0.3 3.75
claude-sonnet-4@* 3 15 0.3 3.75
claude-sonnet-4 3 15 0.3 3.75
claude-4-sonnet* 3 15 0.3 3.75
claude-sonnet-4-5* 3 15 0.3 3.75
claude-sonnet-4-5* 6 22.5 0.6 7.5 200000
claude-sonnet-4.5* 3 15 0.3 3.75
claude-sonnet-4.5* 6 22.5 0.6 7.5 200000
claude-sonnet-4-6* 3 15 0.3 3.75
claude-sonnet-4.6* 3 15 0.3 3.75
claude-sonnet-5* 3 15 0.3 3.75
claude-sonnet-5.0* 3 15 0.3 3.75
claude-5-sonnet* 3 15 0.3 3.75
claude-5.0-sonnet* 3 15 0.3 3.75
claude-v1 8 24
`;
