"""ChatML with pictures, and without the system message that each conversation would pay for."""

from rap_engine.checkpoints.llava.templates import CONTENT

CHATML = (
    CONTENT
    + r"""
{%- for message in messages -%}
  {%- if message.role in ('user', 'assistant') -%}
    {{ '<|im_start|>' ~ message.role ~ '\n' ~ words(message.content) ~ '<|im_end|>\n' }}
  {%- else -%}
    {{ raise_exception('There is no role ' ~ message.role) }}
  {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
  {{ '<|im_start|>assistant\n' }}
{%- endif -%}
"""
)
