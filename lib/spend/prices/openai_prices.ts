/** Prices of models in US dollars for a million tokens; see `prices.ts`. @module */

/** From https://developers.openai.com/api/docs/pricing */
export const OPENAI = `
ada 0.4 0.4
text-ada-001 0.4 0.4
babbage 0.5 0.5
chatgpt-4o-latest 5 15
codex-mini 1.5 6 0.375
codex-mini-latest 1.5 6 0.375
computer-use* 3 12
curie 2 2
text-curie-001 2 2
davinci 20 20
text-davinci-001 20 20
ft:gpt-3.5-turbo* 3 6
ft:gpt-4o-2024-* 3.75 15
ft:gpt-4o-mini-2024-* 0.3 1.2
gpt-3.5-turbo-0301 1.5 2
gpt-3.5-0301 1.5 2
gpt-3.5-turbo 0.5 1.5
gpt-35-turbo 0.5 1.5
gpt-3.5-turbo-0125 0.5 1.5
gpt-3.5-turbo-0613 1.5 2
gpt-3.5-turbo-1106 1 2
gpt-3.5-turbo-16k 3 4
gpt-3.5-turbo-16k-0613 3 4
gpt-35-turbo-16k-0613 3 4
gpt-35-turbo-16k 3 4
gpt-3.5-turbo-instruct* 1.5 2
gpt-3.5-turbo-instruct-0914 1.5 2
gpt-4 30 60
gpt-4-0314 30 60
gpt-4-0613 30 60
ft:gpt-4-0* 30 60
gpt-4-32k 60 120
gpt-4-32k-0314 60 120
gpt-4-32k-0613 60 120
gpt-4-turbo 10 30
gpt-4-turbo-2024-04-09 10 30
gpt-4-turbo-0125-preview 10 30
gpt-4-0125-preview 10 30
gpt-4-1106-preview 10 30
gpt-4-turbo-preview 10 30
gpt-4-vision-preview 10 30
gpt-4-1106-vision-preview 10 30
gpt-4.1 2 8 0.5
gpt-4.1-2025-04-14 2 8 0.5
gpt-4.1-mini 0.4 1.6 0.1
gpt-4.1-mini-2025-04-14 0.4 1.6 0.1
gpt-4.1-nano 0.1 0.4 0.025
gpt-4.1-nano-2025-04-14 0.1 0.4 0.025
gpt-4.5-preview* 75 150 37.5
gpt-4o 2.5 10 1.25
gpt-4o-2024-05-13 2.5 10 1.25
gpt-4o-2024-08-06 2.5 10 1.25
gpt-4o-2024-11-20 2.5 10 1.25
gpt-4o-audio-preview* 2.5 10
gpt-4o-mini 0.15 0.6 0.075
gpt-4o-mini-2024-07-18 0.15 0.6 0.075
gpt-4o-mini-search-preview 0.15 0.6 0.075
gpt-4o-mini-search-preview-2025-03-11 0.15 0.6 0.075
gpt-4o-mini-2024-07-18.ft-* 0.3 1.2
gpt-4o-mini-audio* 0.15 0.6
gpt-4o-mini-realtime* 0.6 2.4 0.3
gpt-4o-mini-transcribe 1.25 5
gpt-4o-mini-tts 0.6 12
gpt-4o-realtime* 5 20 2.5
gpt-4o-search-preview 2.5 10
gpt-4o-search-preview-2025-03-11 2.5 10
gpt-4o-transcribe 2.5 10
gpt-4o-transcribe-diarize 2.5 10
gpt-4o:extended 6 18
gpt-5 1.25 10 0.125
gpt-5-2025-08-07 1.25 10 0.125
gpt-5-chat 1.25 10 0.125
gpt-5-chat-latest 1.25 10 0.125
gpt-5-codex 1.25 10 0.125
gpt-5-image 10 10 1.25
gpt-5-image-mini 2.5 2 0.25
gpt-5-mini 0.25 2 0.025
gpt-5-mini-2025-08-07 0.25 2 0.025
gpt-5-nano 0.05 0.4 0.005
gpt-5-nano-* 0.05 0.4 0.005
gpt-5-pro 15 120
gpt-5-pro-2025-10-06 15 120
gpt-5.1 1.25 10 0.125
gpt-5.1-2025-11-13 1.25 10 0.125
gpt-5.1-codex 1.25 10 0.125
gpt-5.1-codex-max 1.25 10 0.125
gpt-5.1-chat 1.25 10 0.125
gpt-5.1-chat-latest 1.25 10 0.125
gpt-5-1 1.25 10 0.125
gpt-5-1-2025-11-13 1.25 10 0.125
gpt-5-1-codex 1.25 10 0.125
gpt-5-1-codex-max 1.25 10 0.125
gpt-5-1-chat 1.25 10 0.125
gpt-5-1-chat-latest 1.25 10 0.125
gpt-5.1-codex-mini 0.25 2 0.025
gpt-5.1-mini 0.25 2 0.025
gpt-5-1-codex-mini 0.25 2 0.025
gpt-5-1-mini 0.25 2 0.025
gpt-5.2 1.75 14 0.175
gpt-5.2-2025-12-11 1.75 14 0.175
gpt-5-2 1.75 14 0.175
gpt-5-2-2025-12-11 1.75 14 0.175
gpt-5.2-chat 1.75 14 0.175
gpt-5.2-chat-latest 1.75 14 0.175
gpt-5-2-chat 1.75 14 0.175
gpt-5-2-chat-latest 1.75 14 0.175
gpt-5.2-codex 1.75 14 0.175
gpt-5-2-codex 1.75 14 0.175
gpt-5.2-pro 21 168
gpt-5.2-pro-2025-12-11 21 168
gpt-5-2-pro-2025-12-11 21 168
gpt-5.3 1.75 14 0.175
gpt-5-3 1.75 14 0.175
gpt-5.3-chat 1.75 14 0.175
gpt-5.3-chat-latest 1.75 14 0.175
gpt-5-3-chat 1.75 14 0.175
gpt-5-3-chat-latest 1.75 14 0.175
gpt-5.3-codex 1.75 14 0.175
gpt-5-3-codex 1.75 14 0.175
gpt-5.4 2.5 15 0.25
gpt-5.4 5 22.5 0.5 - 272000
gpt-5.4-2026-03-05 2.5 15 0.25
gpt-5.4-2026-03-05 5 22.5 0.5 - 272000
gpt-5-4 2.5 15 0.25
gpt-5-4 5 22.5 0.5 - 272000
gpt-5-4-2026-03-05 2.5 15 0.25
gpt-5-4-2026-03-05 5 22.5 0.5 - 272000
gpt-5.4-image-2 8 15 2
gpt-5.4-mini 0.75 4.5 0.075
gpt-5.4-mini-2026-03-17 0.75 4.5 0.075
gpt-5-4-mini 0.75 4.5 0.075
gpt-5-4-mini-2026-03-17 0.75 4.5 0.075
gpt-5.4-nano 0.2 1.25 0.02
gpt-5.4-nano-2026-03-17 0.2 1.25 0.02
gpt-5-4-nano 0.2 1.25 0.02
gpt-5-4-nano-2026-03-17 0.2 1.25 0.02
gpt-5.4-pro 30 180
gpt-5.4-pro 60 270 - - 272000
gpt-5.4-pro-2026-03-05 30 180
gpt-5.4-pro-2026-03-05 60 270 - - 272000
gpt-5-4-pro 30 180
gpt-5-4-pro 60 270 - - 272000
gpt-5-4-pro-2026-03-05 30 180
gpt-5-4-pro-2026-03-05 60 270 - - 272000
gpt-5.5 5 30 0.5
gpt-5.5-2026-04-23 5 30 0.5
gpt-5.5-2026-04-24 5 30 0.5
gpt-5-5 5 30 0.5
gpt-5-5-2026-04-23 5 30 0.5
gpt-5-5-2026-04-24 5 30 0.5
gpt-5.5-chat 5 30 0.5
gpt-5.5-chat-latest 5 30 0.5
gpt-5-5-chat 5 30 0.5
gpt-5-5-chat-latest 5 30 0.5
gpt-5.5-codex 5 30 0.5
gpt-5-5-codex 5 30 0.5
gpt-5.5-pro 30 180
gpt-5.5-pro-2026-04-23 30 180
gpt-5-5-pro 30 180
gpt-5-5-pro-2026-04-23 30 180
gpt-5.6-luna 1 6 0.1 1.25
gpt-5.6-luna 2 9 0.2 2.5 272000
gpt-5-6-luna 1 6 0.1 1.25
gpt-5-6-luna 2 9 0.2 2.5 272000
gpt-5.6-sol 5 30 0.5 6.25
gpt-5.6-sol 10 45 1 12.5 272000
gpt-5-6-sol 5 30 0.5 6.25
gpt-5-6-sol 10 45 1 12.5 272000
gpt-5.6 5 30 0.5 6.25
gpt-5.6 10 45 1 12.5 272000
gpt-5-6 5 30 0.5 6.25
gpt-5-6 10 45 1 12.5 272000
gpt-5.6-terra 2.5 15 0.25 3.125
gpt-5.6-terra 5 22.5 0.5 6.25 272000
gpt-5-6-terra 2.5 15 0.25 3.125
gpt-5-6-terra 5 22.5 0.5 6.25 272000
gpt-audio 2.5 10
gpt-audio-2025-08-28 2.5 10
gpt-audio-1.5 2.5 10
gpt-audio-mini 0.6 2.4
gpt-audio-mini-2025-10-06 0.6 2.4
gpt-audio-mini-2025-12-15 0.6 2.4
gpt-chat-latest 5 30 0.5
gpt-image-1-mini 2 0 0.2
gpt-image-1.5 5 10 1.25
gpt-image-1.5-2025-12-16 5 10 1.25
gpt-image-2 5 0 1.25
gpt-image-2-2026-04-21 5 0 1.25
gpt-oss-120b 0.039 0.18
gpt-oss-20b 0.029 0.14
gpt-oss-safeguard-20b 0.075 0.3 0.037
gpt-realtime 4 16 0.4
gpt-realtime-2025-08-28 4 16 0.4
gpt-realtime-1.5 4 16 0.4
gpt-realtime-2 4 24 0.4
gpt-realtime-mini 0.6 2.4 0.06
gpt-realtime-mini-2025-12-15 0.6 2.4 0.06
gpt-realtime-mini-2025-10-06 0.6 2.4 0.06
o1 15 60 7.5
o1-2024-12-17 15 60 7.5
o1-preview 15 60 7.5
o1-preview-2024-09-12 15 60 7.5
o1-mini 1.1 4.4 0.55
o1-mini-2024-09-12 1.1 4.4 0.55
o1-pro 150 600
o1-pro-2025-03-19 150 600
o3 2 8 0.5
o3-2025-04-16 2 8 0.5
o3-deep-research 10 40 2.5
o3-deep-research-2025-06-26 10 40 2.5
o3-mini 1.1 4.4 0.55
o3-mini-2025-01-31 1.1 4.4 0.55
o3-mini-high 1.1 4.4 0.55
o3-pro 20 80
o3-pro-2025-06-10 20 80
o4-mini-2025-04-16 1.1 4.4 0.275
o4-mini-high 1.1 4.4 0.275
o4-mini 1.1 4.4 0.275
o4-mini-deep-research 2 8 0.5
o4-mini-deep-research-2025-06-26 2 8 0.5
text-davinci-002 20 20
text-davinci-003 20 20
text-embedding-3-large 0.13 0
text-embedding-3-small 0.02 0
text-embedding-ada 0.1 0
text-embedding-ada-002 0.1 0
text-embedding-ada-002-v2 0.1 0
`;
