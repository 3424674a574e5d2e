/** Prices of models in US dollars for a million tokens; see `prices.ts`. @module */

/** From https://mistral.ai/pricing#api-pricing */
export const MISTRAL = `
codestral-latest 0.3 0.9
codestral-2501 0.3 0.9
codestral-2508 0.3 0.9 0.03
devstral-2512 0.4 2 0.04
devstral-small 0.06 0.12
magistral-medium* 2 5
magistral-small-* 0.5 1.5
ministral-14b-2512 0.2 0.2 0.02
ministral-3b 0.04 0.04
ministral-3b-2512 0.1 0.1 0.01
ministral-8b* 0.1 1
mistral-7b 0.25 0.25
open-mistral-7b 0.25 0.25
mistral-embed 0.1 0.1
mistral-large 2 6
mistral-large-latest 2 6
mistral-large-2407 2 6
mistral-large-2411 2 6
mistral-large-2512 0.5 1.5 0.05
mistral-medium* 0.4 2
mistral-nemo 0.15 0.15
open-mistral-nemo 0.15 0.15
mistral-saba 0.2 0.6
mistral-saba-latest 0.2 0.6
mistral-small-24b-instruct-2501 0.05 0.08
mistral-small-2603 0.15 0.6 0.015
mistral-small-3.1-24b-instruct 0.351 0.555
mistral-small-3.2-24b-instruct 0.075 0.2
mistral-small-latest 0.1 0.3
mistral-tiny 0.25 0.25
mixtral-8x22b-instruct 0.9 0.9
mixtral-8x7b* 0.7 0.7
open-mixtral-8x7b 0.7 0.7
pixtral-12b 0.15 0.15
pixtral-12b-latest 0.15 0.15
pixtral-large-latest 2 6
pixtral-large-2411 2 6
voxtral-small-24b-2507 0.1 0.3 0.01
`;

/** From https://groq.com/pricing/ */
export const GROQ = `
deepseek-r1-distill-llama-70b 0.75 0.99
gemma-7b-it 0.07 0.07
gemma2-9b-it 0.2 0.2
gemma2-9b 0.2 0.2
llama-3.1-405b-reasoning 0.59 0.79
llama-3.1-70b-versatile 0.59 0.79
llama-3.1-8b-instant 0.05 0.08
llama-3.2-11b-text-preview 0.18 0.18
llama-3.2-11b-vision-preview 0.18 0.18
llama-3.2-1b-preview 0.04 0.04
llama-3.2-3b-preview 0.06 0.06
llama-3.2-90b-text-preview 0.9 0.9
llama-3.2-90b-vision-preview 0.9 0.9
llama-3.3-70b-specdec 0.59 0.99
llama-3.3-70b-versatile 0.59 0.79
llama-guard-3-8b 0.2 0.2
llama2-70b-4096 0.7 0.8
llama3-70b-8192 0.59 0.79
llama3-8b-8192 0.05 0.08
llama3-groq-70b-8192-tool-use-preview 0.89 0.89
llama3-groq-8b-8192-tool-use-preview 0.19 0.19
meta-llama/llama-4-maverick-17b-128e-instruct 0.2 0.6
meta-llama/llama-4-scout-17b-16e-instruct 0.11 0.34
meta-llama/llama-guard-4-12b 0.2 0.2
mistral-saba-24b 0.79 0.79
mixtral-8x7b-32768 0.24 0.24
moonshotai/kimi-k2-instruct 1 3 0.5
moonshotai/kimi-k2-instruct-0905 1 3 0.5
openai/gpt-oss-120b 0.15 0.6 0.075
openai/gpt-oss-safeguard-20b 0.15 0.6 0.075
openai/gpt-oss-20b 0.075 0.3 0.0375
qwen/qwen3-32b 0.29 0.59
`;

/** From https://api-docs.deepseek.com/quick_start/pricing */
export const DEEPSEEK = `
deepseek-chat* 0.27 1.1 0.07
deepseek-chat-v3-0324 0.27 1.1 0.07
deepseek-reasoner 0.55 2.19 0.14
deepseek-r1* 0.55 2.19 0.14
deepseek-r1-0528 0.55 2.19 0.14
deepseek-v3.1-terminus 0.27 0.95 0.13
deepseek-v3.2 0.2288 0.3432
deepseek-v3.2-exp 0.27 0.41
deepseek-v4-flash* 0.14 0.28 0.0028
deepseek-v4-pro* 0.435 0.87 0.003625
`;

/** From https://docs.x.ai/docs/models */
export const XAI = `
grok-2-1212 2 10
grok-2 2 10
grok-2-latest 2 10
grok-2-vision-1212 2 10
grok-2-vision 2 10
grok-2-vision-latest 2 10
grok-3 3 15 0.75
grok-3-latest 3 15 0.75
grok-3-beta 3 15 0.75
grok-3-fast 5 25 1.25
grok-3-fast-latest 5 25 1.25
grok-3-fast-beta 5 25 1.25
grok-3-mini 0.3 0.5 0.075
grok-3-mini-beta 0.3 0.5 0.075
grok-3-mini-latest 0.3 0.5 0.075
grok-3-mini-fast 0.6 4 0.15
grok-3-mini-fast-beta 0.6 4 0.15
grok-3-mini-fast-latest 0.6 4 0.15
grok-4-0709 3 15 0.75
grok-4 3 15 0.75
grok-4-latest 3 15 0.75
grok-4-1-fast-non-reasoning 0.2 0.5 0.05
grok-4-1-fast-non-reasoning-latest 0.2 0.5 0.05
grok-4-1-fast 0.2 0.5 0.05
grok-4-1-fast-reasoning 0.2 0.5 0.05
grok-4-1-fast-reasoning-latest 0.2 0.5 0.05
grok-4-fast-non-reasoning 0.2 0.5 0.05
grok-4-fast-non-reasoning-latest 0.2 0.5 0.05
grok-4-fast 0.2 0.5 0.05
grok-4-fast-reasoning 0.2 0.5 0.05
grok-4-fast-reasoning-latest 0.2 0.5 0.05
grok-4.20 1.25 2.5 0.2
grok-4.20-multi-agent 2 6 0.2
grok-4.3 1.25 2.5 0.2
x-ai/grok-4.3 1.25 2.5 0.2
grok-4.3-latest 1.25 2.5 0.2
grok-4.5 2 6 0.5
x-ai/grok-4.5 2 6 0.5
grok-4.5-latest 2 6 0.5
grok-latest 2 6 0.5
grok-build-0.1 1 2 0.2
grok-code-fast 0.2 1.5 0.02
grok-code-fast-1 0.2 1.5 0.02
grok-code-fast-1-0825 0.2 1.5 0.02
`;

/** From https://cohere.com/pricing */
export const COHERE = `
command 1 2
command-a* 2.5 10
command-r 0.15 0.6
command-r-08-2024 0.15 0.6
command-r-plus 2.5 10
command-r-plus-08-2024 2.5 10
command-r7b 0.0375 0.15
command-r7b-12-2024 0.0375 0.15
embed-v4.0 0.12 0
`;

/** From https://docs.perplexity.ai/guides/pricing */
export const PERPLEXITY = `
llama-3.1-sonar-large-128k-online 1 1
llama-3.1-sonar-small-128k-online 0.2 0.2
r1-1776 2 8
sonar 1 1
sonar-deep-research 2 8
sonar-pro 3 15
sonar-pro-search 3 15
sonar-reasoning 1 5
sonar-reasoning-pro 2 8
`;

/** From https://www.cerebras.ai/pricing#pricing */
export const CEREBRAS = `
gpt-oss-120b 0.35 0.75
cerebras/gpt-oss-120b* 0.35 0.75
cerebras:gpt-oss-120b* 0.35 0.75
llama-3.3-70b 0.85 1.2
cerebras/llama-3.3-70b* 0.85 1.2
cerebras:llama-3.3-70b* 0.85 1.2
llama3.1-8b 0.1 0.1
cerebras/llama3.1-8b* 0.1 0.1
cerebras:llama3.1-8b* 0.1 0.1
qwen-3-32b 0.4 0.8
cerebras/qwen-3-32b* 0.4 0.8
cerebras:qwen-3-32b* 0.4 0.8
`;
