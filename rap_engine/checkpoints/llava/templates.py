"""The conversations that the checkpoints were trained on, as jinja templates.

A message's content is a text, or a list of `{"type": "image"}` and `{"type": "text", "text": ...}`,
which are rendered one after the other with nothing in between.
"""

CONTENT = """
{%- macro words(content) -%}
  {%- if content is string -%}
    {{ content }}
  {%- else -%}
    {%- for item in content -%}
      {%- if item.type == 'image' -%}
        {{ '<image>' }}
      {%- elif item.type == 'text' -%}
        {{ item.text }}
      {%- else -%}
        {{ raise_exception('Content is text or an image, not ' ~ item.type) }}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro -%}
"""

# LLaVA-1.5 and RAP-LLaVA: `vicuna_v1` of the original code, where `v1` leads to.
VICUNA = (
    CONTENT
    + """
{{- 'A chat between a curious user and an artificial intelligence assistant. ' -}}
{{- "The assistant gives helpful, detailed, and polite answers to the user's questions. " -}}
{%- for message in messages -%}
  {%- if message.role == 'user' -%}
    {{ 'USER: ' ~ words(message.content) ~ ' ' }}
  {%- elif message.role == 'assistant' -%}
    {{ 'ASSISTANT: ' ~ words(message.content) ~ '</s>' }}
  {%- else -%}
    {{ raise_exception('There is no role ' ~ message.role) }}
  {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
  {{ 'ASSISTANT:' }}
{%- endif -%}
"""
)

# LLaVA-Phi-3 and RAP-Phi3-V: `phi3_instruct` of the original code.
PHI3 = (
    CONTENT
    + r"""
{{- '<|system|>\nYou are a helpful AI assistant.<|end|>' -}}
{%- for message in messages -%}
  {%- if message.role == 'user' -%}
    {{ '\n<|user|>\n' ~ words(message.content) ~ '<|end|>' }}
  {%- elif message.role == 'assistant' -%}
    {{ '\n<|assistant|>\n' ~ words(message.content) ~ '<|end|>' }}
  {%- else -%}
    {{ raise_exception('There is no role ' ~ message.role) }}
  {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
  {{ '\n<|assistant|>\n' }}
{%- endif -%}
"""
)
