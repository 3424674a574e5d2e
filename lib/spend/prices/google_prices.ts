/** Prices of models in US dollars for a million tokens; see `prices.ts`. @module */

/** From https://ai.google.dev/gemini-api/docs/pricing */
export const GOOGLE = `
*claude-3-5-haiku* 0.8 4 0.08 1
*claude-3-5-sonnet* 3 15 0.3 3.75
*claude-3-7-sonnet* 3 15 0.3 3.75
*claude-3-haiku* 0.25 1.25 0.03 0.3
*claude-3-opus* 15 75 1.5 18.75
*claude-4-opus* 15 75 1.5 18.75
*claude-opus-4@* 15 75 1.5 18.75
*claude-opus-4-0* 15 75 1.5 18.75
*claude-opus-4-1* 15 75 1.5 18.75
claude-opus-4 15 75 1.5 18.75
*claude-4-sonnet* 3 15 0.3 3.75
*claude-sonnet-4* 3 15 0.3 3.75
*claude-fable-5* 10 50 1 12.5
*claude-4-6-opus* 5 25 0.5 6.25
*claude-4-6-opus* 10 37.5 1 12.5 200000
*claude-opus-4-6* 5 25 0.5 6.25
*claude-opus-4-6* 10 37.5 1 12.5 200000
*claude-4.6-opus* 5 25 0.5 6.25
*claude-4.6-opus* 10 37.5 1 12.5 200000
*claude-opus-4.6* 5 25 0.5 6.25
*claude-opus-4.6* 10 37.5 1 12.5 200000
*claude-4-7-opus* 5 25 0.5 6.25
*claude-opus-4-7* 5 25 0.5 6.25
*claude-4.7-opus* 5 25 0.5 6.25
*claude-opus-4.7* 5 25 0.5 6.25
*claude-4-8-opus* 5 25 0.5 6.25
*claude-opus-4-8* 5 25 0.5 6.25
*claude-4.8-opus* 5 25 0.5 6.25
*claude-opus-4.8* 5 25 0.5 6.25
*claude-5-opus* 5 25 0.5 6.25
*claude-opus-5* 5 25 0.5 6.25
*claude-5.0-opus* 5 25 0.5 6.25
*claude-opus-5.0* 5 25 0.5 6.25
gemini-1.0-pro-vision-001 0.125 0.375
*gemini-1.5-flash* 0.075 0.3 0.01875
*gemini-1.5-flash* 0.15 0.6 0.0375 - 128000
*gemini-1.5-pro* 1.25 5
*gemini-1.5-pro* 2.5 10 - - 128000
*gemini-2.0-flash 0.1 0.4 0.025
*gemini-2.0-flash-0* 0.1 0.4 0.025
*gemini-2.0-flash-exp* 0.1 0.4 0.025
*gemini-2.0-flash-thinking* 0.1 0.4 0.025
*gemini-2.0-flash-latest* 0.1 0.4 0.025
*gemini-2.0-flash-lite* 0.075 0.3
gemini-2.5-flash 0.3 2.5 0.03
gemini-2.5-flash-latest 0.3 2.5 0.03
gemini-2.5-flash-preview-09-2025 0.3 2.5 0.03
gemini-2.5-flash-image 0.3 30
gemini-2.5-flash-image-preview 0.3 30
gemini-2.5-flash-lite 0.1 0.4 0.01
gemini-2.5-flash-lite-preview* 0.1 0.4 0.01
*gemini-2.5-flash-preview-05-20* 0.15 0.6
*gemini-2.5-flash-preview-04-17* 0.15 0.6
gemini-2.5-flash-preview-05-20:thinking 0.15 0.6
gemini-2.5-flash-preview 0.15 0.6
gemini-2.5-flash-preview:thinking 0.15 0.6
gemini-2.5-pro* 1.25 10 0.125
gemini-2.5-pro* 2.5 15 0.25 - 200000
gemini-3-flash-preview 0.5 3 0.05
gemini-3-flash-preview-* 0.5 3 0.05
gemini-3-pro-image-preview* 2 120
gemini-3-pro-image-preview 2 120
gemini-3-pro-preview* 2 12 0.2
gemini-3-pro-preview* 4 18 0.4 - 200000
gemini-3-pro-text-preview 2 12 0.2
gemini-3-pro-text-preview 4 18 0.4 - 200000
gemini-3.1-flash-image-preview* 0.5 60
gemini-3.1-flash-lite* 0.25 1.5 0.025
gemini-3.1-pro-preview* 2 12 0.2
gemini-3.1-pro-preview* 4 18 0.4 - 200000
gemini-3.5-flash 1.5 9 0.15
gemini-3.5-flash-preview* 1.5 9 0.15
gemini-3.5-flash-lite* 0.3 2.5 0.03
gemini-3.6-flash* 1.5 7.5 0.15
gemini-embedding-001 0.15 0
gemini-flash-1.5 0.075 0.3 0.01875
gemini-flash-1.5 0.15 0.6 0.0375 - 128000
gemini-flash-1.5-8b 0.0375 0.15 0.01
gemini-flash-1.5-8b 0.075 0.3 0.02 - 128000
gemini-live-2.5-flash* 0.5 2
gemini-2.5-flash-native-audio-preview* 0.5 2
gemini-pro 0.125 0.375
gemini-1.0-pro 0.125 0.375
gemini-pro-1.5 1.25 5 0.3125
gemini-pro-1.5 2.5 10 0.625 - 128000
gemma-2-27b-it 0.65 0.65
gemma-4-26b-a4b-it 0.06 0.33
gemma-4-31b-it 0.12 0.36 0.09
`;
