/** Prices of models in US dollars for a million tokens; see `prices.ts`. @module */

/** From https://www.together.ai/pricing */
export const TOGETHER = `
austism/chronos-hermes-13b 0.3 0.3
gryphe/mythomax-l2-13b 0.3 0.3
nexusflow/nexusraven-v2-13b 0.3 0.3
nousresearch/nous-capybara-7b-v1p9 0.2 0.2
nousresearch/nous-hermes-2-mixtral-8x7b-dpo 0.9 0.9
nousresearch/nous-hermes-2-mixtral-8x7b-sft 0.9 0.9
nousresearch/nous-hermes-2-yi-34b 0.8 0.8
nousresearch/nous-hermes-llama2-13b 0.225 0.225
nousresearch/nous-hermes-llama-2-7b 0.2 0.2
open-orca/mistral-7b-openorca 0.2 0.2
qwen/qwen1.5-0.5b 0.1 0.1
qwen/qwen1.5-0.5b-chat 0.1 0.1
qwen/qwen1.5-1.8b 0.1 0.1
qwen/qwen1.5-1.8b-chat 0.1 0.1
qwen/qwen1.5-14b 0.3 0.3
qwen/qwen1.5-14b-chat 0.3 0.3
qwen/qwen1.5-4b 0.1 0.1
qwen/qwen1.5-4b-chat 0.1 0.1
qwen/qwen1.5-72b 0.9 0.9
qwen/qwen1.5-7b 0.2 0.2
qwen/qwen1.5-7b-chat 0.2 0.2
undi95/remm-slerp-l2-13b 0.3 0.3
undi95/toppy-m-7b 0.2 0.2
wizardlm/wizardlm-13b-v1.2 0.3 0.3
allenai/olmo-7b 0.2 0.2
allenai/olmo-7b-instruct 0.2 0.2
allenai/olmo-7b-twin-2t 0.2 0.2
codellama/codellama-13b-instruct-hf 0.225 0.225
codellama/codellama-34b-instruct-hf 0.776 0.776
codellama/codellama-70b-instruct-hf 0.9 0.9
codellama/codellama-7b-instruct-hf 0.2 0.2
deepseek-ai/deepseek-coder-33b-instruct 0.8 0.8
garage-baind/platypus2-70b-instruct 0.9 0.9
google/gemma-2b 0.1 0.1
google/gemma-2b-it 0.1 0.1
google/gemma-7b 0.2 0.2
google/gemma-7b-it 0.2 0.2
lmsys/vicuna-13b-v1.5 0.3 0.3
lmsys/vicuna-7b-v1.5 0.2 0.2
meta-llama/llama-2-13b-chat-hf 0.225 0.225
meta-llama/llama-2-70b-chat-hf 0.9 0.9
meta-llama/llama-2-7b-chat-hf 0.2 0.2
meta-llama/llama-3-70b-chat-hf 0.9 0.9
meta-llama/llama-3-8b-chat-hf 0.2 0.2
meta-llama/llama-3.3-70b-instruct-turbo 0.88 0.88
meta-llama/llama-4-maverick-17b-128e-instruct-fp8 0.27 0.85
meta-llama/llama-4-scout-17b-16e-instruct 0.18 0.59
meta-llama/meta-llama-3-70b-instruct-lite 0.54 0.54
meta-llama/meta-llama-3-70b-instruct-turbo 0.88 0.88
meta-llama/meta-llama-3-8b-instruct-lite 0.1 0.1
meta-llama/meta-llama-3-8b-instruct-turbo 0.18 0.18
meta-llama/meta-llama-3.1-405b-instruct-turbo 3.5 3.5
meta-llama/meta-llama-3.1-70b-instruct-turbo 0.88 0.88
meta-llama/meta-llama-3.1-8b-instruct-turbo 0.18 0.18
meta-llama/meta-llama-3.3-70b-instruct-turbo 0.88 0.88
microsoft/wizardlm-2-8x22b 1.2 1.2
microsoft/phi-2 0.1 0.1
mistralai/mistral-7b-instruct-v0.1 0.2 0.2
mistralai/mistral-7b-instruct-v0.2 0.2 0.2
mistralai/mistral-7b-v0.1 0.2 0.2
mistralai/mixtral-8x22b-instruct-v0.1 2.4 2.4
mistralai/mixtral-8x7b-instruct-v0.1 0.9 0.9
mistralai/mixtral-8x7b-v0.1 0.9 0.9
openchat/openchat-3.5-1210 0.2 0.2
snorkelai/snorkel-mistral-pairrm-dpo 0.2 0.2
teknium/openhermes-2-mistral-7b 0.2 0.2
teknium/openhermes-2p5-mistral-7b 0.2 0.2
togethercomputer/gpt-jt-moderation-6b 0.2 0.2
togethercomputer/llama-2-7b-32k-instruct 0.2 0.2
togethercomputer/redpajama-incite-7b-base 0.2 0.2
togethercomputer/redpajama-incite-7b-chat 0.2 0.2
togethercomputer/redpajama-incite-7b-instruct 0.2 0.2
togethercomputer/redpajama-incite-base-3b-v1 0.1 0.1
togethercomputer/redpajama-incite-chat-3b-v1 0.1 0.1
togethercomputer/redpajama-incite-instruct-3b-v1 0.1 0.1
togethercomputer/stripedhyena-hessian-7b 0.2 0.2
togethercomputer/stripedhyena-nous-7b 0.2 0.2
togethercomputer/alpaca-7b 0.2 0.2
upstage/solar-10.7b-instruct-v1.0 0.3 0.3
zero-one-ai/yi-34b 0.8 0.8
zero-one-ai/yi-6b 0.2 0.2
`;

/** From https://fireworks.ai/pricing */
export const FIREWORKS = `
accounts/fireworks/models/deepseek-r1-0528 3 8
accounts/fireworks/models/deepseek-v3-0324 0.9 0.9
accounts/fireworks/models/deepseek-v3p2 0.56 1.68 0.28
accounts/fireworks/models/deepseek-v4-flash 0.14 0.28 0.028
accounts/fireworks/models/deepseek-v4-pro 1.74 3.48 0.145
accounts/fireworks/models/gemma-3-27b-it 0.1 0.1
accounts/fireworks/models/glm-4p7 0.6 2.2
accounts/fireworks/models/glm-5p1 1.4 4.4 0.26
accounts/fireworks/models/glm-5p2 1.4 4.4 0.14
accounts/fireworks/models/gpt-oss-120b 0.15 0.6 0.07
accounts/fireworks/models/gpt-oss-20b 0.07 0.3 0.04
accounts/fireworks/models/kimi-k2p5 0.6 3 0.1
accounts/fireworks/models/kimi-k2p6 0.95 4 0.16
accounts/fireworks/models/kimi-k2p7-code 0.95 4 0.19
accounts/fireworks/models/llama-v3p1-8b-instruct 0.2 0.2
accounts/fireworks/models/llama4-maverick-instruct-basic 0.22 0.88
accounts/fireworks/models/minimax-m2p1 0.3 1.2
accounts/fireworks/models/minimax-m2p7 0.3 1.2 0.06
accounts/fireworks/models/minimax-m3 0.3 1.2 0.06
accounts/fireworks/models/nemotron-3-ultra-nvfp4 0.6 2.4 0.12
accounts/fireworks/models/qwen2p5-vl-72b-instruct 0.9 0.9
accounts/fireworks/models/qwen3-235b-a22b 0.22 0.88
accounts/fireworks/models/qwen3p6-plus 0.5 3 0.1
accounts/fireworks/models/qwen3p7-plus 0.4 1.6 0.08
`;
