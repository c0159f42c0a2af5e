-- What a user of Neovim sees of `mdlguard lsp`. Run by run_neovim.sh; ends Neovim with status 0 or 1.

local mdlguard, sample, drivers = os.getenv('MDLGUARD'), os.getenv('SAMPLE'), os.getenv('DRIVERS')
local patience = tonumber(os.getenv('PATIENCE') or '60') * 1000 -- milliseconds for one expectation

local passed = 0

local function say(text)
  passed = passed + (text:find('^ok: ') and 1 or 0)
  io.stdout:write(text .. '\n')
end

-- The diagnostics of BUFFER as "line:CODE", sorted.
local function shown(buffer)
  local list = {}
  for _, d in ipairs(vim.diagnostic.get(buffer)) do
    local code = d.user_data and d.user_data.lsp and d.user_data.lsp.code or '?'
    table.insert(list, string.format('%d:%s', d.lnum + 1, code))
  end
  table.sort(list)
  return list
end

-- Waits until BUFFER shows exactly WANTED.
local function expect(what, buffer, wanted)
  table.sort(wanted)
  local is_there = vim.wait(patience, function()
    return vim.deep_equal(shown(buffer), wanted)
  end, 50)
  if not is_there then
    error(string.format('%s: %s shows {%s}, expected {%s}', what, vim.api.nvim_buf_get_name(buffer),
      table.concat(shown(buffer), ', '), table.concat(wanted, ', ')), 0)
  end
  say('ok: ' .. what)
end

local function start(root)
  local id = vim.lsp.start_client({ name = 'mdlguard', cmd = { mdlguard, 'lsp' }, root_dir = root })
  if not id then
    error('the server did not start', 0)
  end
  return id
end

local function open(client, path)
  vim.cmd('edit ' .. vim.fn.fnameescape(path))
  local buffer = vim.api.nvim_get_current_buf()
  if not vim.lsp.buf_attach_client(buffer, client) then
    error('cannot attach to ' .. path, 0)
  end
  return buffer
end

-- The number of the one line of BUFFER that contains TEXT.
local function line_of(buffer, text)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, true)) do
    if line:find(text, 1, true) then
      return number
    end
  end
  error('no line with ' .. text, 0)
end

-- Exchanges line NUMBER of BUFFER with the next one.
local function swap_lines(buffer, number)
  local lines = vim.api.nvim_buf_get_lines(buffer, number - 1, number + 1, true)
  vim.api.nvim_buf_set_lines(buffer, number - 1, number + 1, true, { lines[2], lines[1] })
end

-- Ends CLIENT's server and forgets all buffers; what Neovim does later because of the former needs the latter.
local function stop(client)
  vim.lsp.stop_client(client)
  local is_gone = vim.wait(patience, function()
    return vim.lsp.client_is_stopped(client)
  end, 50)
  vim.wait(200)
  vim.cmd('silent! %bwipeout!')
  if not is_gone then
    error('the server does not stop', 0)
  end
end

local function test_sample()
  local client = start(sample)
  local request = open(client, sample .. '/request.c')
  local early = line_of(request, '/* too early */')
  expect('the finding of the open file is shown', request, { early .. ':MDL002' })

  local found = vim.diagnostic.get(request)[1]
  local steps = found.user_data.lsp.relatedInformation or {}
  if found.source ~= 'mdlguard' or found.severity ~= vim.diagnostic.severity.ERROR or #steps < 2 then
    error('the diagnostic lacks its source, severity or path: ' .. vim.inspect(found), 0)
  end
  for _, step in ipairs(steps) do
    if not (step.location.uri:find('^file:///') and step.message:find('^%d+: ')) then
      error('a step without place or number: ' .. vim.inspect(step), 0)
    end
  end
  say('ok: it has source, severity and ' .. #steps .. ' steps')

  swap_lines(request, early)
  expect('it goes when the bug is edited away', request, {})
  if not vim.bo[request].modified then
    error('the buffer was saved', 0)
  end
  vim.cmd('silent undo')
  expect('it comes back with the bug', request, { early .. ':MDL002' })

  local buffer = open(client, sample .. '/buffer.c')
  local unmap = line_of(buffer, 'MmUnmapLockedPages')
  vim.api.nvim_buf_set_lines(buffer, unmap - 1, unmap, true, {})
  local late = line_of(request, 'BufferUnmap(address, mdl)') + 1
  expect('a change in one file is seen in another', request, { early .. ':MDL002', late .. ':MDL002' })
  stop(client)
end

-- What the comments of BUFFER's file announce: "// expect: MDL002".
local function announced(buffer)
  local list = {}
  for number, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, true)) do
    for offset, code in line:gmatch('// expect(@?[-+%d]*): (MDL%d+)') do
      table.insert(list, string.format('%d:%s', number + (tonumber(offset:sub(2)) or 0), code))
    end
  end
  return list
end

local function test_driver(folder)
  local client = start(folder)
  local name, count, last = vim.fn.fnamemodify(folder, ':t'), 0, nil
  local all = {}
  for _, pattern in ipairs({ '/*.c', '/*.cpp' }) do
    for _, path in ipairs(vim.fn.glob(folder .. pattern, true, true)) do
      local buffer = open(client, path)
      local wanted = announced(buffer)
      expect(name .. '/' .. vim.fn.fnamemodify(path, ':t'), buffer, wanted)
      count = count + #wanted
      table.insert(all, { buffer = buffer, wanted = wanted })
      for _, entry in ipairs(wanted) do
        if entry:find('MDL[01]02$') then
          last = { buffer = buffer, entry = entry, wanted = wanted }
        end
      end
    end
  end
  if count == 0 or not last then
    error(folder .. ': no planted bugs', 0)
  end
  -- A file without bugs was as it should be even before the server spoke of it; by now it has.
  vim.wait(1000)
  for _, file in ipairs(all) do
    if not vim.deep_equal(shown(file.buffer), file.wanted) then
      error(string.format('%s shows {%s}', vim.api.nvim_buf_get_name(file.buffer),
        table.concat(shown(file.buffer), ', ')), 0)
    end
  end
  -- The unlock that comes too early is on that line: without it, its finding is gone.
  local number = tonumber(last.entry:match('^%d+'))
  local line = vim.api.nvim_buf_get_lines(last.buffer, number - 1, number, true)[1]
  vim.api.nvim_buf_set_lines(last.buffer, number - 1, number, true, { '' })
  local is_gone = vim.wait(patience, function()
    return not vim.tbl_contains(shown(last.buffer), last.entry)
  end, 50)
  if not is_gone then
    error(string.format('%s: %s stays without "%s"', name, last.entry, line), 0)
  end
  say('ok: ' .. name .. ': a planted bug is edited away')
  stop(client)
end

local tests = { { test_sample } }
local databases = vim.fn.glob(drivers .. '/*/compile_commands.json', true, true)
for _, database in ipairs(databases) do
  table.insert(tests, { test_driver, vim.fn.fnamemodify(database, ':h') })
end

-- One that fails does not hide the others.
local failed = #databases == 0 and 1 or 0
for _, test in ipairs(tests) do
  local is_good, problem = pcall(test[1], test[2])
  if not is_good then
    failed = failed + 1
    say('FAILED: ' .. tostring(problem))
    for _, client in ipairs(vim.lsp.get_active_clients()) do
      stop(client.id)
    end
  end
end
if #databases == 0 then
  say('FAILED: no drivers in ' .. drivers)
end
say(string.format('%d passed, %d failed, 0 skipped', passed, failed))
vim.cmd(failed == 0 and 'qall!' or 'cquit 1')
